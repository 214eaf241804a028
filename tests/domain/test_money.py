"""A student's rows add up, a statement balances to the cent, and every difference has its name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.money import MOST_CENTS, Account, Difference, Kind, Line, State, account, cents_of, yuan
from kiosk.i18n import LANGUAGES, catalog

FEE = 1500
D = Difference

rows = st.lists(
    st.one_of(
        st.tuples(st.sampled_from([Kind.PAID, Kind.REFUNDED]), st.integers(1, 5000)),
        st.tuples(st.sampled_from([Kind.WAIVED, Kind.REVOKED]), st.just(0)),
    ),
    max_size=8,
)


@pytest.mark.parametrize(
    ("given_rows", "verified", "state", "differences"),
    [
        ([], False, State.OPEN, ()),
        ([], True, State.OPEN, (D.PHOTOGRAPHED_NOT_PAID,)),
        ([("paid", 1500)], True, State.PAID, ()),
        ([("paid", 1500)], False, State.PAID, (D.PAID_NOT_PHOTOGRAPHED,)),
        ([("paid", 1500), ("paid", 1500)], True, State.OVER, (D.PAID_TWICE,)),
        ([("paid", 1500), ("paid", 1500)], False, State.OVER, (D.PAID_NOT_PHOTOGRAPHED, D.PAID_TWICE)),
        ([("paid", 1500), ("paid", 1500), ("refunded", 1500)], True, State.PAID, ()),
        ([("paid", 3000)], True, State.OVER, (D.PAID_TOO_MUCH,)),
        ([("paid", 1000)], True, State.PART, (D.PAID_TOO_LITTLE,)),
        ([("paid", 1000), ("paid", 500)], True, State.PAID, ()),
        ([("waived", 0)], True, State.WAIVED, ()),
        ([("waived", 0), ("revoked", 0)], True, State.OPEN, (D.PHOTOGRAPHED_NOT_PAID,)),
        ([("waived", 0), ("paid", 1500)], True, State.PAID, (D.WAIVED_AND_PAID,)),
        ([("paid", 1500), ("refunded", 1500)], True, State.REFUNDED, (D.PHOTOGRAPHED_NOT_PAID,)),
        ([("paid", 1500), ("refunded", 1500)], False, State.REFUNDED, ()),
        ([("refunded", 1500)], False, State.REFUNDED, (D.REFUND_WITHOUT_PAYMENT,)),
        ([("refunded", 9)], True, State.REFUNDED, (D.REFUND_WITHOUT_PAYMENT, D.PHOTOGRAPHED_NOT_PAID)),
    ],
)
def test_where_somebody_stands_and_what_does_not_fit(
    given_rows: list[tuple[str, int]], verified: bool, state: State, differences: tuple[Difference, ...]
) -> None:
    held = account(given_rows)
    assert (held.state(FEE), held.differences(FEE, verified)) == (state, differences)


@given(st.lists(st.tuples(rows, st.booleans()), max_size=20), st.integers(0, 5000))
def test_a_statement_balances_and_names_every_head_that_does_not(
    heads: list[tuple[list[tuple[str, int]], bool]], fee: int
) -> None:
    line, differences = Line(""), 0
    for of, verified in heads:
        held = account(of)
        named = line.add(held, fee, verified)
        differences += held.net - held.owed(fee, verified)
        assert bool(named) or held.net == held.owed(fee, verified)
    assert line.received == line.owed + line.difference
    assert line.difference == differences
    assert line.owed == fee * (line.verified - line.waived)
    assert line.gross - line.refunded == sum(account(of).net for of, _ in heads)


@given(rows)
def test_an_account_is_the_sum_of_its_rows_in_any_order(of: list[tuple[str, int]]) -> None:
    money = [row for row in of if row[0] in (Kind.PAID, Kind.REFUNDED)]
    one, other = account(money), account(reversed(money))
    assert (one.net, one.times) == (other.net, other.times)


def test_without_a_fee_nothing_is_owed() -> None:
    assert Account().settled(0) and Account().differences(0, True) == ()


@given(st.integers(0, MOST_CENTS))
def test_an_amount_that_is_written_is_read_again(cents: int) -> None:
    assert cents_of(yuan(cents)) == cents


@pytest.mark.parametrize(
    ("words", "cents"),
    [
        ("15", 1500), ("15.0", 1500), ("15.5", 1550), ("￥15.00", 1500), ("15元", 1500), ("１５", 1500),
        ("0", 0), ("15.000", 1500), ("100000", MOST_CENTS), ("100000.01", None), ("15.005", None), ("-15", None),
        ("十五", None), ("", None), ("1e3", None), ("15.", None), ("=15", None), (" 1,500 ", 150000),
    ],
)  # fmt: skip
def test_amounts_of_lists(words: str, cents: int | None) -> None:
    assert cents_of(words) == cents


@given(st.text(max_size=30))
def test_any_words_are_an_amount_or_none(words: str) -> None:
    found = cents_of(words)
    assert found is None or 0 <= found <= MOST_CENTS


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_and_difference_has_its_words(language: str) -> None:
    texts = catalog(language)
    keys = {f"money.state.{state}" for state in State} | {f"money.kind.{kind}" for kind in Kind}
    keys |= {f"money.{part}.{name}" for name in Difference for part in ("difference", "remedy")}
    assert not [key for key in sorted(keys) if not texts.get(key)]

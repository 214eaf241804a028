"""A signature is valid for exactly what was signed, by who signed it, for the purpose it was signed for."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.receipts import Result, Summary, seal_in
from kiosk.settings import Settings
from kiosk.signing import Signer, decode, encode, seal, unseal


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    return Signer.of(Settings(data_dir=tmp_path_factory.mktemp("station")))


@given(st.binary(max_size=200))
def test_base64url_gives_the_bytes_back(content: bytes) -> None:
    assert decode(encode(content)) == content


@given(st.text(max_size=60))
def test_any_text_is_decoded_or_refused(text: str) -> None:
    try:
        decode(text)
    except ValueError:
        return


@given(st.binary(min_size=1, max_size=80), st.integers(0, 10_000))
def test_a_seal_is_for_its_content_key_and_purpose(signer: Signer, content: bytes, place: int) -> None:
    sealed = seal(signer, b"receipt", content)
    assert unseal(signer.public_key, b"receipt", sealed) == content
    assert unseal(signer.public_key, b"report", sealed) is None
    assert unseal(bytes(32), b"receipt", sealed) is None
    raw = bytearray(decode(sealed))
    raw[place % len(raw)] ^= 1
    assert unseal(signer.public_key, b"receipt", encode(bytes(raw))) is None


@given(st.text(max_size=200))
def test_any_text_is_no_seal(signer: Signer, text: str) -> None:
    assert unseal(signer.public_key, b"receipt", text) is None
    assert seal_in(text) is None or len(text.strip()) >= 100


@given(
    st.integers(0, 65535), st.sampled_from(Result), st.dates(date(2026, 1, 1), date(2149, 1, 1)),
    st.binary(min_size=32, max_size=32),
)  # fmt: skip
def test_a_summary_gives_itself_back(number: int, result: Result, until: date, digest: bytes) -> None:
    said = Summary(number, result, until, digest.hex())
    assert Summary.from_bytes(said.to_bytes()) == said


@given(st.binary(max_size=80))
def test_any_bytes_are_a_summary_or_refused(content: bytes) -> None:
    try:
        assert Summary.from_bytes(content).to_bytes() == content
    except ValueError:
        return


@pytest.mark.parametrize(
    "bad", [{"number": -1}, {"number": 65536}, {"photo_sha256": "zz"}, {"photo_sha256": "00"}]
)
def test_what_a_summary_cannot_hold_is_refused(bad: dict[str, object]) -> None:
    good = {"number": 1, "result": Result.ACCEPTED, "valid_until": date(2027, 1, 1), "photo_sha256": "00" * 32}
    with pytest.raises(ValueError, match=r".+"):
        Summary(**{**good, **bad}).to_bytes()  # type: ignore[arg-type]

"""What may go wrong on a site's day; each line of the list has a test that names it.

Overlapping slots
    tests/actions/test_schedule.py::test_slots_of_a_site_never_overlap_whatever_their_campaign
capacity 0
    tests/actions/test_schedule.py::test_what_is_no_slot_is_refused
daylight-saving
    tests/domain/test_schedule.py::test_where_the_clock_is_changed_no_slot_is_doubled_or_lost
a clock set back (and here)
    tests/actions/test_schedule.py::test_a_clock_that_was_set_back_does_not_shut_anybody_out
    tests/actions/test_steps.py::test_a_clock_that_goes_back_harms_nothing
    tests/jobs/test_outbox.py::test_a_clock_that_was_set_back_does_not_hold_a_message
a student in two campaigns
    tests/actions/test_schedule.py::test_a_student_in_two_campaigns_is_due_in_one
the same card at two kiosks at once
    tests/actions/test_concurrency.py::test_one_card_at_every_kiosk_opens_one_visit
a session closed with people inside
    tests/actions/test_evening.py::test_a_session_with_people_inside_names_them_and_what_to_do_for_each
    tests/web/test_evening.py::test_closing_with_people_inside_is_refused_with_a_list_and_takes_two_to_force
a tablet with an old page pressing a button that no longer applies
    tests/web/test_evening.py::test_an_old_page_that_closes_again_is_told_and_changes_nothing
    tests/e2e/test_evening_page.py::test_a_day_is_closed_and_accounted_for
1,000 presses of one button: here
worker killed during a purge
    tests/jobs/test_purge.py::test_a_worker_killed_in_the_middle_has_removed_what_its_record_says
SMTP down for a day
    tests/jobs/test_outbox.py::test_a_server_that_is_down_for_a_day_costs_nothing_but_the_day
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from kiosk.domain.refusals import Refusal
from kiosk.records import audit
from kiosk.records.tables import Audit, Decision, SiteSession
from kiosk.settings import ROOT
from tests.actions.conftest import bare_desk, desk, migrated_file
from tests.actions.desk import Desk
from tests.actions.test_evening import balance

__all__ = ["bare_desk", "desk", "migrated_file"]

pytestmark = pytest.mark.faults
PRESSES, THREADS = 1000, 4


def test_each_line_of_the_list_names_a_test_that_is_there() -> None:
    named = re.findall(r"(tests/[\w/]+\.py)::(test_\w+)", __doc__)
    assert len(named) >= 14
    missing = [name for file, name in named if f"def {name}(" not in (ROOT / file).read_text("utf-8")]
    assert missing == []


def test_one_thousand_presses_of_one_button_decide_once(desk: Desk) -> None:
    visit = desk.to_queue(1)
    before = desk.count(Decision)
    together = threading.Barrier(THREADS)

    def press() -> str:
        try:
            return str(desk.staff("hold", key="one-press-of-hold", visit=visit)["state"])
        except Refusal as refusal:
            return refusal.code.value

    def many(_thread: int) -> list[str]:
        together.wait()
        return [press() for _ in range(PRESSES // THREADS)]

    with ThreadPoolExecutor(THREADS) as pool:
        outcomes = Counter(outcome for done in pool.map(many, range(THREADS)) for outcome in done)
    # A slow disk may keep somebody waiting too long: that is said, and decides nothing.
    assert outcomes.total() == PRESSES and set(outcomes) <= {"queued", "database_busy"} and outcomes["queued"] > 0
    assert desk.count(Decision) == before + 1
    with desk.database.read() as session:
        held = session.scalars(select(Audit).where(Audit.action == "hold", Audit.result == "done")).all()
        assert len(held) == 1 and audit.verify(session)[1] is None


def test_a_clock_that_was_set_back_in_the_evening_loses_nobody(desk: Desk) -> None:
    desk.photograph(1)
    waiting = desk.to_queue(2)
    desk.now -= timedelta(minutes=40)
    desk.staff("cancel", visit=waiting)
    desk.staff("close_session", campaign="autumn")
    with desk.database.read() as session:
        row = session.get_one(SiteSession, 1)
        assert (
            row.closed_at is not None and row.closed_at <= row.opened_at
        )  # as the clock said; nothing is invented
    found = balance(desk).sum
    assert found.holds and found.outcomes["photographed"] == found.outcomes["cancelled"] == 1

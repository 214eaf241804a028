"""The lists: campaigns, imports, packages, people, the audit, the member's own account."""

from __future__ import annotations

from sqlalchemy import text

from kiosk.records.tables import Audit
from tests.web.conftest import PASSWORD, Web, log_in


def test_campaigns_come_with_their_counts(web: Web) -> None:
    web.desk.photograph(1)
    (row,) = web.staff("operator").get("/api/campaigns").json["campaigns"]
    assert (row["code"], row["title"], row["profile"]) == (
        "autumn",
        {"zh_CN": "秋季", "en": "Autumn"},
        "chsi-2017-99",
    )
    assert set(row["profile_title"]) == {"zh_CN", "en"} and row["fee_cents"] == 1500
    assert row["counts"] == {"registered": 6, "photographed": 1, "ready": 1, "missing": 5}


def test_registered_is_ready_and_missing(web: Web) -> None:
    web.desk.photograph(1)
    (row,) = web.staff("operator").get("/api/packages").json["balances"]
    assert row["registered"] == row["ready"] + sum(row["missing"].values()) == 6


def test_no_import_yet(web: Web) -> None:
    assert web.staff("operator").get("/api/imports").json == {"imports": []}


def test_an_administrator_adds_changes_and_shuts_out(web: Web) -> None:
    page = web.staff("administrator")
    new = {"login": "wang", "display_name": "王", "role": "usher", "password": "a new long password"}
    assert page.post("/api/people", new).status_code == 200
    assert page.post("/api/people", new).json["refusal"]["code"] == "name_taken"
    assert page.post("/api/people", {**new, "password": "short"}).status_code in (400, 409)
    assert log_in(web.app.test_client(), "wang", "a new long password").status_code == 302
    assert page.post("/api/people/wang", {"role": "medic"}).status_code == 200
    people = {row["login"]: row for row in page.get("/api/people").json["people"]}
    assert people["wang"]["role"] == "medic" and "password" not in str(people)
    assert page.post("/api/people/wang", {"active": False}).status_code == 200
    assert log_in(web.app.test_client(), "wang", "a new long password").status_code == 401


def test_what_an_account_has_not_can_not_be_changed(web: Web) -> None:
    page = web.staff("administrator")
    for content in ({"password_hash": "x"}, {"epoch": 5}, {"active": "no"}, {"role": "king"}):
        assert page.post("/api/people/the-administrator", content).status_code == 400, content


def test_the_last_administrator_stays(web: Web) -> None:
    page = web.staff("administrator")
    assert page.post("/api/people/the-administrator", {"active": False}).status_code == 403
    assert page.get("/api/people").status_code == 200


def test_an_own_password_needs_the_old_one_and_ends_other_sessions(web: Web) -> None:
    page = web.staff("usher")
    other = web.staff("usher", "the-usher")
    wrong = page.post("/api/account", {"password": "wrong", "new_password": "another long password"})
    assert (wrong.status_code, wrong.json["refusal"]["code"]) == (401, "login_failed")
    assert (
        page.post("/api/account", {"password": PASSWORD, "new_password": "another long password"}).status_code
        == 200
    )
    assert page.get("/api/snapshot").status_code == 200
    assert other.get("/api/snapshot").status_code == 401


def test_the_own_language_is_kept(web: Web) -> None:
    page = web.staff("usher")
    assert page.post("/api/account", {"language": "en"}).status_code == 200
    assert 'lang="en"' in page.get("/").text
    assert page.post("/api/account", {"language": "fr"}).status_code == 400


def test_the_audit_is_paged_filtered_and_verified(web: Web) -> None:
    web.desk.to_queue(1)
    page = web.staff("administrator")
    first = page.get("/api/audit?limit=3").json
    assert len(first["rows"]) == 3 and first["more"] is True
    assert first["chain"] == {"verified": True, "rows": web.desk.count(Audit), "broken_at": None}
    older = page.get(f"/api/audit?before={first['rows'][-1]['sequence']}&limit=200").json
    assert older["rows"][0]["sequence"] == first["rows"][-1]["sequence"] - 1 and older["more"] is False
    only = page.get("/api/audit?action=confirm").json["rows"]
    assert {row["action"] for row in only} == {"confirm"}


def test_a_tampered_audit_is_shown_as_broken(web: Web) -> None:
    web.desk.to_queue(1)
    page = web.staff("administrator")
    with web.desk.database.write() as session:
        for (name,) in session.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
            session.execute(text(f'DROP TRIGGER "{name}"'))
        session.execute(text("UPDATE audit SET actor = 'kiosk:other' WHERE sequence = 2"))
    assert page.get("/api/audit").json["chain"]["broken_at"] == 2

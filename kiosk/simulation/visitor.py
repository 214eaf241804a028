"""A student at a kiosk: presses what the page offers, thinks, looks, and does what the plan has for them."""

from __future__ import annotations

import hashlib
from typing import Any

from kiosk.simulation.board import Board
from kiosk.simulation.door import Refused, Stuck
from kiosk.simulation.floor import Course
from kiosk.simulation.page import Kiosk
from kiosk.simulation.phone import Phone
from kiosk.simulation.plan import Mishap, Result, Story
from kiosk.simulation.staff import WALK, Helpers, Operator, Tablet, confirm_without_card

#: Seconds that people take, before their own pace: assumed by us, no source says how long they take.
THINK = {
    "begin": 5, "card": 6, "confirm": 10, "question": 4, "sign": 4, "number": 6, "come": 12, "sit": 15, "look": 9,
    "receipt": 8, "notice": 10,
}  # fmt: skip
#: Real seconds after which somebody sees that nothing happens, and how often a card is laid.
_NOTHING_HAPPENS, _TRIES = 60.0, 5
#: What the kiosk says of a card that is to be laid again.
_AGAIN = frozenset(
    {"card_unreadable", "card_pulled", "card_multiple", "card_data_invalid", "reader_gone", "reader_silent"}
)
#: Seconds that a tablet has no connection.
_OFFLINE = 480.0


class Visitor:
    """Plays the students of one kiosk, one after the other."""

    def __init__(self, kiosk: Kiosk, operator: Operator, usher: Tablet, helpers: Helpers, board: Board) -> None:
        self.kiosk, self.operator, self.usher, self.helpers, self.board = kiosk, operator, usher, helpers, board
        self.seat, self.floor, self.clock = kiosk.seat, kiosk.floor, kiosk.clock

    def run(self) -> None:
        """Bring one after the other to the kiosk until the day is over. Raises `DayOver`."""
        while True:
            course = self.floor.next_work(self.seat.name)
            if course is not None:
                with course.body:
                    self.check_in(course)
                continue
            called = self.operator.call_next(self.floor)
            if called is not None:
                self._let_in()
                with called.body:
                    self.at_seat(called)

    def _let_in(self) -> None:
        """Somebody was called away: the usher lets in whoever was sent outside first, where there is room now."""
        visit = self.floor.come_inside()
        if visit is None:
            return
        try:
            self.usher.press("let_in", visit=visit)
        except Refused as refused:  # full again, or called or inside since
            if refused.code == "waiting_area_full":
                self.floor.stay_outside(visit)
            elif refused.code != "not_now":
                raise

    def think(self, course: Course, what: str, times: int = 1) -> None:
        """The student takes their time."""
        self.kiosk.think(THINK[what] * times * course.student.pace)

    # -- from the entrance to the number

    def check_in(self, course: Course) -> None:
        """Card, data, declaration, temperature, number."""
        kiosk, story = self.kiosk, course.student.story
        kiosk.welcome()
        with self.floor.step(course, "identify"):
            self.think(course, "begin")
            kiosk.press("begin", language="zh_CN")
            kiosk.sees("identify")
            if story is Story.LEAVES_IDENTIFY:
                self._silence()
                kiosk.press("leave")
                self.floor.settle(course, Result.LEFT)
                return
            if not self._identified(course):
                return
        self.floor.opened(course, kiosk.shown["visit"]["id"])
        with self.floor.step(course, "confirm"):
            if not self._confirmed(course):
                return
        with self.floor.step(course, "declare"):
            if not self._declared(course):
                return
        with self.floor.step(course, "temperature"):
            try:
                seen = kiosk.screen.until(_measured, "the temperature was taken", _NOTHING_HAPPENS)
            except Stuck:  # staff take another thermometer
                fever = story in (Story.FEVER, Story.FEVER_STAYS)
                self.operator.act(course.visit, "record_temperature", celsius=38.2 if fever else 36.5)
                seen = kiosk.screen.until(_measured, "the temperature was typed")
        if seen["screen"] == "observation":
            self.think(course, "notice")
            kiosk.press("leave")
            self.helpers.in_room(course)
            return
        with self.floor.step(course, "number"):
            self._numbered(course, seen["visit"])

    def _identified(self, course: Course) -> bool:
        """Whether the card, or the usher, opened a visit; else the student was sent away."""
        kiosk, student = self.kiosk, course.student
        self.think(course, "card")
        if student.story is Story.NO_CARD:
            kiosk.press("call_staff")
            kiosk.think(WALK)
            confirm_without_card(self.usher, course, self.seat)
        else:
            if Mishap.READER_UNPLUGGED in student.mishaps:
                self._reader_unplugged()
            self._lay(student.number - 1)
        if kiosk.sees("confirm", "notice") == "confirm":
            return True
        code = str(kiosk.shown["notice"]["code"])
        self.think(course, "notice")
        kiosk.press("leave")
        self.floor.settle(course, Result.REFUSED, code)
        return False

    def _lay(self, card: int) -> None:
        """Lay the card until the kiosk knows it or says why not: people try again when nothing happens."""
        for _ in range(_TRIES):
            self.seat.simulate("card", "lay", str(card))
            try:
                shown = self.kiosk.screen.until(_identified, "the card is known", _NOTHING_HAPPENS)
            except Stuck:
                shown = self.kiosk.shown
            self.seat.simulate("card", "remove")
            if shown["screen"] == "confirm":
                return
            if shown["screen"] == "notice":
                if shown["notice"]["code"] not in _AGAIN:
                    return
                self.kiosk.welcome()
                self.kiosk.press("begin", language="zh_CN")
                self.kiosk.sees("identify")

    def _confirmed(self, course: Course) -> bool:
        kiosk, story = self.kiosk, course.student.story
        if story is Story.LEAVES_CONFIRM:
            return self._abandon(course)
        self.think(course, "confirm")
        if story is Story.WRONG_DATA:
            kiosk.press("report_wrong_data", fields=["class_name"], note="")
            kiosk.sees("data_reported")
            kiosk.think(WALK)
            self.operator.press("answer_call", station=self.seat.name)
            self.operator.act(course.visit, "resolve_report", "已登记", resolution="continue")
            kiosk.sees("confirm")
        if Mishap.WEB_KILLED in course.student.mishaps:
            self._befalls(Mishap.WEB_KILLED)
            self.seat.kill_web()
        kiosk.press("confirm")
        return True

    def _declared(self, course: Course) -> bool:
        kiosk, story = self.kiosk, course.student.story
        kiosk.sees("declare")
        if story is Story.LEAVES_DECLARE:
            return self._abandon(course)
        questions = kiosk.shown["campaign"]["screening"]["questions"]
        self.think(course, "question", len(questions))
        answers = {question["id"]: _answer(question) for question in questions}
        if story is Story.DECLARATION:
            answers["fever_or_cough"] = "yes"
        fever = story in (Story.FEVER, Story.FEVER_STAYS)
        self.seat.simulate("thermometer", "set", "38.2" if fever else "36.5")
        self.think(course, "sign")
        kiosk.press("declare", answers=answers)
        if story is not Story.DECLARATION:
            return True
        kiosk.sees("refused")
        kiosk.think(WALK)
        self.operator.press("answer_call", station=self.seat.name)
        kiosk.press("leave")
        self.floor.settle(course, Result.REFUSED, "declaration_not_passed")
        return False

    def _numbered(self, course: Course, visit: dict[str, Any]) -> None:
        kiosk, story = self.kiosk, course.student.story
        number = int(visit["number"])
        if story is Story.UNWELL:  # the usher beside the kiosk sees it
            self.usher.press("send_to_observation", "身体不适", visit=course.visit)
            self.floor.leave_line(course.visit)
            self.helpers.in_room(course)
            kiosk.welcome()
            return
        if course.student.phone and visit["place"]:
            self._follows(course, visit)
        if story is Story.PRIORITY:
            self._preferred(course)
        elif visit["come_back_at"]:
            self.floor.send_outside(course)
        self.floor.queue(course, number)
        if Mishap.TABLET_OFFLINE in course.student.mishaps:
            self._befalls(Mishap.TABLET_OFFLINE)
            self.floor.go_offline(self.seat.name, _OFFLINE)
        self.think(course, "number")
        kiosk.welcome()

    def _follows(self, course: Course, visit: dict[str, Any]) -> None:
        """The student scans the code of the own place."""
        try:
            code = self.kiosk.door.content(visit["place"])
        except Refused as refused:
            if refused.code != "receipt_unknown":  # called by the other seat at this very moment: it is gone
                raise
            return
        phone = Phone(self.seat.settings, self.clock)
        try:
            phone.follow(code, int(visit["number"]))
        finally:
            phone.close()
        self.floor.note_phone(opened=False)

    def _preferred(self, course: Course) -> None:
        """The usher sees who should not stand for long."""
        try:
            self.usher.press("set_priority", "行动不便", visit=course.visit, priority="disabled")
        except Refused as refused:
            if refused.code != "not_now":  # called by the other seat at this very moment
                raise

    # -- at the seat

    def at_seat(self, course: Course) -> None:
        """From the call to the receipt."""
        kiosk, story = self.kiosk, course.student.story
        shown = kiosk.screen.read()
        if shown["screen"] != "called" or shown["visit"]["id"] != course.visit:
            return  # sent to the observation room at the moment of the call
        self.board.look(course.number)
        if story is Story.LEAVES_WAITING:
            self.operator.not_there(self.floor, course)
            return
        with self.floor.step(course, "come"):
            kiosk.sees("called")
            self.think(course, "come")
        with self.floor.step(course, "capture"):
            self.think(course, "sit")
            self._scene(story)
            if Mishap.CAMERA_FROZEN in course.student.mishaps:
                self._camera_frozen()
            else:
                kiosk.press("begin_capture")
            if story is Story.LEAVES_CAPTURE:
                kiosk.sees("capture")
                self._abandon(course)
                return
            kiosk.sees("review")
        if not self._reviewed(course):
            return
        with self.floor.step(course, "receipt"):
            kiosk.press("accept", shot=kiosk.shown["visit"]["shot"]["id"])
            kiosk.sees("receipt")
            code = kiosk.door.content(kiosk.shown["visit"]["receipt"]["qr"])
            self.think(course, "receipt")
            kiosk.press("finish")
            if course.student.phone:
                self._checks(course, code)
            self.floor.settle(course, Result.PHOTOGRAPHED)

    def _checks(self, course: Course, code: bytes) -> None:
        """The student opens the receipt on the phone and says whether picture and data are right."""
        student = course.student
        phone = Phone(self.seat.settings, self.clock)
        try:
            phone.check(code, student.id_number[-4:], course.shown, student.reports)
        finally:
            phone.close()
        self.floor.note_phone(opened=True, reported=student.reports)

    def _reviewed(self, course: Course) -> bool:
        """Whether a picture stands there that the student accepts."""
        kiosk, story = self.kiosk, course.student.story
        with self.floor.step(course, "review"):
            if story is Story.LEAVES_REVIEW:
                return self._abandon(course)
            self.think(course, "look")
            if story is Story.HEAD_COVER:
                self._decided(course)
            while not self._acceptable() or (story is Story.RETAKE and course.retakes == 0):
                if self._acceptable():
                    course.retakes += 1
                else:
                    course.machine_retakes += 1
                visit = kiosk.shown["visit"]
                if visit["shots_used"] >= visit["shots_allowed"]:
                    self.operator.act(course.visit, "allow_shot", "重拍")
                kiosk.press("retake")
                ordinal = visit["shots_used"] + 1
                self.kiosk.screen.until(
                    lambda shown: shown["screen"] == "review" and shown["visit"]["shots_used"] >= ordinal,  # noqa: B023
                    "another picture",
                )
                self.think(course, "look")
            picture = kiosk.door.content(kiosk.shown["visit"]["shot"]["url"])
            course.shown = hashlib.sha256(picture).hexdigest()
        return True

    def _acceptable(self) -> bool:
        return bool(self.kiosk.shown["visit"]["shot"]["acceptable"])

    def _decided(self, course: Course) -> None:
        """The picture waits for the operator's word."""
        if self._acceptable():
            return
        self.kiosk.think(WALK)
        self.operator.row(course.visit, "decide_shot")
        shot = self.kiosk.shown["visit"]["shot"]["id"]
        self.operator.press("decide_shot", "因信仰佩戴", visit=course.visit, shot=shot, decision="accept")
        self.kiosk.screen.until(lambda shown: shown["visit"]["shot"]["acceptable"], "the decision is shown")

    def _scene(self, story: Story) -> None:
        scene = {Story.HEAD_COVER: "head_cover", Story.LEAVES_CAPTURE: "empty"}.get(story, "good")
        self.seat.simulate("scene", scene)

    # -- what goes wrong

    def _befalls(self, mishap: Mishap) -> None:
        with self.clock.news:
            self.floor.faults[mishap.value] += 1

    def _reader_unplugged(self) -> None:
        """The student calls staff, the operator puts the cable in again."""
        self._befalls(Mishap.READER_UNPLUGGED)
        self.seat.simulate("reader", "unplug")
        self._device("reader", "fault")
        self.kiosk.press("call_staff")
        self.kiosk.think(WALK)
        self.operator.press("answer_call", station=self.seat.name)
        self.seat.simulate("reader", "plug")
        self._device("reader", "ready")

    def _camera_frozen(self) -> None:
        """The picture stands still; the operator turns the camera off and on."""
        self._befalls(Mishap.CAMERA_FROZEN)
        self.seat.simulate("camera", "freeze")
        self.kiosk.press("begin_capture")
        self.kiosk.screen.until(
            lambda shown: shown["station"]["devices"]["camera"]["state"] != "ready" or shown["screen"] == "review",
            "the camera",
        )
        self.kiosk.think(WALK)
        self.seat.simulate("camera", "behave")

    def _device(self, kind: str, *states: str) -> None:
        self.kiosk.screen.until(lambda shown: shown["station"]["devices"][kind]["state"] in states, f"the {kind}")

    def _silence(self) -> None:
        self.kiosk.think(self.seat.settings.visit.idle_park_seconds)

    def _abandon(self, course: Course) -> bool:
        """The student walks away; the page minds its idle clock and sets the visit aside for staff."""
        self._silence()
        self.kiosk.press("park", cause="idle")
        self.kiosk.welcome()
        self.helpers.abandoned(course)
        return False


def _identified(shown: dict[str, Any]) -> bool:
    """Whether the kiosk has something to say about the card."""
    return shown["screen"] in ("confirm", "notice")


def _measured(shown: dict[str, Any]) -> bool:
    """Whether the temperature is known; a number may be called by another seat at once."""
    return shown["screen"] == "observation" or bool(shown["visit"] and shown["visit"]["number"])


def _answer(question: dict[str, Any]) -> str:
    """The answer of somebody who is well: green, else no."""
    if question["kind"] == "choice":
        return next(str(option["value"]) for option in question["options"] if option["tone"] == "green")
    return "no"

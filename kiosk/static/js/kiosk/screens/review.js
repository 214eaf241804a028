// The exact picture that will be kept: accept it, or take another. Nothing here happens by waiting.

import { band } from "../band.js";
import { button, h, icon } from "../dom.js";
import { name, range, sentence, shown } from "../hints.js";
import { t } from "../i18n.js";
import { sign } from "../signs.js";
import { layout } from "./layout.js";

const MOST_CHECKS = 6; // as many as are read without scrolling; the rest is summed up in one line
const MARKS = { true: "check", false: "cross", null: "question" };

export function review({ snapshot, act }) {
  const { visit, profile } = snapshot;
  const { shot } = visit;
  const left = visit.shots_allowed - visit.shots_used;
  const rejected = shot.staff_decision === "reject";
  const waits = !shot.acceptable && (left <= 0 || (shot.verdict === "ask" && !rejected));
  // the machine can't tell: the student may go on, staff look at it afterwards
  const asked = shot.acceptable && shot.verdict === "ask" && !shot.staff_decision;
  const mood = shot.acceptable ? "good" : waits ? "ask" : "again";
  const title = t(`kiosk.review.title_${mood}`);
  const photo = h("img", {
    class: "shot",
    src: shot.url,
    width: profile?.width ?? 480,
    height: profile?.height ?? 640,
    alt: t("kiosk.review.alt"),
    "data-testid": "shot",
  });
  const reason = mood === "good" && !asked ? null : shot.reason;
  const lead = waits && left <= 0 ? "last" : asked ? "asked" : shot.staff_decision === "accept" ? "allowed" : rejected ? "rejected" : mood;
  const again =
    left > 0 &&
    button({
      label: t("kiosk.review.again", { left }),
      action: "retake",
      tone: shot.acceptable || waits ? "secondary" : "primary",
      symbol: "again",
      press: () => act("retake"),
    });
  return {
    say: title,
    node: layout({
      title,
      lead: t(`kiosk.review.lead_${lead}`),
      art: photo,
      content: [
        reason && why(reason, waits || asked),
        checklist(shot.checks ?? [], reason),
        waits ? h("p", { class: "live", role: "status" }, h("span", { class: "live-dot", "aria-hidden": "true" }), t("kiosk.review.staff")) : null,
        left <= 0 && shot.acceptable ? h("p", { class: "note" }, t("kiosk.review.last")) : null,
      ],
      actions: [
        shot.acceptable &&
          button({
            label: t("kiosk.review.accept"),
            action: "accept",
            symbol: "check",
            press: () => act("accept", { shot: shot.id }),
          }),
        again,
        !shot.acceptable && left <= 0 && button({ label: t("kiosk.tools.staff"), action: "call_staff", symbol: "hand", press: () => act("call_staff") }),
      ],
      kind: "review",
    }),
    leave: () => photo.removeAttribute("src"),
  };
}

// The one thing that decides: its picture, what to do, its value and band, and who decides now.
function why(check, staff) {
  const asked = check.passed === null;
  return h(
    "div",
    { class: `why why-${asked ? "ask" : "again"}`, "data-testid": "reason", "data-check": check.code },
    h("div", { class: "why-sign" }, sign(shown(check).sign)),
    h(
      "div",
      { class: "why-words" },
      h("p", { class: "why-name" }, icon(asked ? "question" : "cross"), h("span", {}, name(check)), h("span", { class: "check-word" }, t(`kiosk.review.check_${asked ? "ask" : "bad"}`))),
      h("p", { class: "why-hint" }, sentence(check)),
      asked ? null : h("div", { class: "why-measured" }, band(check), h("span", {}, range(check))),
      staff ? h("p", { class: "why-decides" }, t("kiosk.review.staff_decide")) : null,
    ),
  );
}

// What failed first, then what the machine can't judge, then what is right; without the one that is said already.
function checklist(all, reason) {
  const checks = all.filter(({ code }) => code !== reason?.code);
  const rank = (check) => (check.passed === false ? 0 : check.passed === null ? 1 : 2);
  const sorted = [...checks].sort((one, other) => rank(one) - rank(other));
  // with a reason only what is not right is worth a line of its own
  const lines = reason ? Math.min(MOST_CHECKS - 2, sorted.filter((check) => check.passed !== true).length) : MOST_CHECKS;
  const first = sorted.slice(0, lines);
  const rest = sorted.slice(lines);
  return h(
    "ul",
    { class: "checks" },
    first.map((check) =>
      h(
        "li",
        { class: `check check-${check.passed}`, "data-check": check.code },
        icon(MARKS[check.passed]),
        h("span", { class: "check-name" }, name(check)),
        h("span", { class: "check-word" }, t(`kiosk.review.check_${check.passed === null ? "ask" : check.passed ? "good" : "bad"}`)),
      ),
    ),
    rest.length && rest.every((check) => check.passed) ? h("li", { class: "check check-true" }, icon("check"), h("span", { class: "check-name" }, t("kiosk.review.rest", { count: rest.length }))) : null,
  );
}

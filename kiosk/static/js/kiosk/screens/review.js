// The exact picture that will be kept: accept it, or take another. Nothing here happens by waiting.

import { button, h, icon } from "../dom.js";
import { name, range, sentence } from "../hints.js";
import { t } from "../i18n.js";
import { layout } from "./layout.js";

const MOST_CHECKS = 6; // as many as are read without scrolling; the rest is summed up in one line
const MARKS = { true: "check", false: "cross", null: "question" };

export function review({ snapshot, act }) {
  const { visit, profile } = snapshot;
  const { shot } = visit;
  const left = visit.shots_allowed - visit.shots_used;
  const waits = !shot.acceptable && (shot.verdict === "ask" || left <= 0);
  const mood = shot.acceptable ? "good" : shot.verdict === "ask" ? "ask" : "again";
  const title = t(`kiosk.review.title_${mood}`);
  const photo = h("img", {
    class: "shot",
    src: shot.url,
    width: profile?.width ?? 480,
    height: profile?.height ?? 640,
    alt: t("kiosk.review.alt"),
    "data-testid": "shot",
  });
  const lead = mood === "again" && shot.reason ? sentence(shot.reason) : t(`kiosk.review.lead_${mood}`);
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
      lead,
      art: photo,
      content: [
        checklist(shot.checks ?? []),
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

// What failed first, then what the machine can't judge, then what is right.
function checklist(checks) {
  const rank = (check) => (check.passed === false ? 0 : check.passed === null ? 1 : 2);
  const sorted = [...checks].sort((one, other) => rank(one) - rank(other));
  const shown = sorted.slice(0, MOST_CHECKS);
  const rest = sorted.slice(MOST_CHECKS);
  return h(
    "ul",
    { class: "checks" },
    shown.map((check) =>
      h(
        "li",
        { class: `check check-${check.passed}`, "data-check": check.code },
        icon(MARKS[check.passed]),
        h("span", { class: "check-name" }, name(check)),
        h("span", { class: "check-word" }, t(`kiosk.review.check_${check.passed === null ? "ask" : check.passed ? "good" : "bad"}`)),
        check.passed === false && range(check) ? h("span", { class: "check-range" }, range(check)) : null,
      ),
    ),
    rest.length && rest.every((check) => check.passed) ? h("li", { class: "check check-true" }, icon("check"), h("span", { class: "check-name" }, t("kiosk.review.rest", { count: rest.length }))) : null,
  );
}

/* What was measured of a person: a temperature as a mark, a photo with its checks beside it. */

import { checkList } from "./checks.js";
import { h, icon, mark } from "./dom.js";
import { t } from "./texts.js";
import { exactClock } from "./time.js";

/** Temperature as a mark; abnormal in colour with a word. */
export function temperatureMark(reading) {
  if (!reading) return null;
  const words = `${reading.celsius.toFixed(1)} ℃`;
  return reading.abnormal ? mark("alert", `${words} ${t("staff.abnormal")}`, "bad") : h("span", {}, words);
}

/** How a shot was judged, the last word first: staff, the student, the machine. */
export function verdictMark(shot) {
  if (shot.staff_decision) return mark(shot.staff_decision === "accept" ? "check" : "cross", t(`staff.decided.${shot.staff_decision}`), shot.staff_decision === "accept" ? "good" : "bad");
  if (shot.accepted_at) return mark("check", t("staff.shot_accepted"), "good");
  const [name, tone] = { pass: ["check", "good"], fail: ["cross", "bad"], ask: ["ask", "warn"] }[shot.verdict] ?? ["ask", "warn"];
  return mark(name, t(`staff.verdict.${shot.verdict}`), tone);
}

/** Picture with the checks beside it. */
export function shotCard(shot) {
  const url = shot.url || `/staff/api/shots/${encodeURIComponent(shot.id)}.jpg`;
  const missing = () => picture.replaceWith(h("div", { class: "shot-missing" }, icon("camera"), h("span", {}, t("staff.shot_missing"))));
  const picture = h("img", { src: url, alt: t("staff.shot_alt", { ordinal: shot.ordinal }), width: "480", height: "640", loading: "lazy", on: { error: missing } });
  return h(
    "div",
    { class: "shot", data: { shot: shot.id } },
    h("figure", {}, picture, h("figcaption", {}, t("staff.shot_ordinal", { ordinal: shot.ordinal }), " · ", exactClock(shot.taken_at))),
    h("div", { class: "shot-facts" }, verdictMark(shot), checkList(shot.checks ?? [])),
  );
}

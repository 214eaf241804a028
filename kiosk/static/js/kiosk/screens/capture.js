// In front of the camera: the live picture, one hint at a time, and the shutter that fires by itself.

import { drawing, h, icon } from "../dom.js";
import { has, t } from "../i18n.js";
import { picture, range, sentence } from "../hints.js";
import { Mirror } from "../mirror.js";

const STEADY_MS = 700; // a hint stays readable: it is not replaced by another one sooner than this
const PICTURES = { searching: "art:look-here", hold: "check", shooting: "camera", sent: "clock", fault: "plug" };

export function capture({ snapshot, say }) {
  const url = snapshot.station.preview?.url;
  const sign = h("div", { class: "hint-sign" });
  const title = h("h1", { class: "title hint-words", tabindex: "-1" });
  const measured = h("p", { class: "hint-range" });
  const hint = h("div", { class: "hint", "data-testid": "hint", "data-state": "starting" }, sign, h("div", {}, title, measured));
  const shots = h("p", { class: "chip", "data-testid": "shots" });
  const away = h("p", { class: "stage-away" }, t("kiosk.capture.no_picture"));
  let shown = "";
  let since = 0;

  const show = (state, check, words, detail, symbol) => {
    hint.dataset.state = state;
    hint.dataset.check = check?.code ?? "";
    if (measured.textContent !== detail) measured.textContent = detail;
    const kind = `${words} ${symbol}`;
    if (kind === shown) return;
    const now = performance.now();
    if (state === "adjust" && hint.dataset.said === "adjust" && now - since < STEADY_MS) return;
    since = now;
    shown = kind;
    hint.dataset.said = state;
    title.textContent = words;
    sign.replaceChildren(symbol.startsWith("art:") ? drawing(symbol.slice(4)) : icon(symbol));
    say(words);
  };
  const coach = ({ state, check, held, code }) => {
    const share = state === "hold" ? held : ["shooting", "sent"].includes(state) ? 1 : 0;
    if (mirror) mirror.held = share;
    hint.dataset.held = String(share);
    if (state === "fault") {
      const key = `refusal.${code}.student`;
      show(state, null, has(key) ? t(key) : t("kiosk.fault.camera"), "", PICTURES.fault);
    } else if (check && ["adjust", "searching"].includes(state)) {
      show(state, check, sentence(check), range(check), picture(check));
    } else {
      const known = has(`kiosk.capture.${state}`) ? state : "searching";
      show(known, null, t(`kiosk.capture.${known}`), "", PICTURES[known] ?? "art:look-here");
    }
  };
  const count = ({ visit }) => {
    const ordinal = Math.min(visit.shots_used + 1, visit.shots_allowed);
    shots.textContent = t("kiosk.capture.shots", { ordinal, allowed: visit.shots_allowed });
  };
  const mirror = url ? new Mirror({ url, profile: snapshot.profile, coach, live: (on) => (away.hidden = on) }) : null;
  mirror?.node.append(away);
  count(snapshot);
  show("searching", null, t("kiosk.capture.searching"), "", PICTURES.searching);

  return {
    say: t("kiosk.capture.say"),
    node: h(
      "section",
      { class: "screen capture" },
      h("p", { class: "lens" }, icon("up"), h("span", {}, t("kiosk.capture.lens"))),
      h("div", { class: "stage-frame" }, mirror?.node ?? h("div", { class: "mirror" }, away)),
      hint,
      h("div", { class: "chips" }, h("p", { class: "chip chip-mask" }, drawing("mask-off"), h("span", {}, t("kiosk.capture.mask"))), shots),
    ),
    update: (now) => {
      if (now.station.preview?.url !== url) return false;
      count(now);
      return true;
    },
    leave: () => mirror?.stop(),
  };
}

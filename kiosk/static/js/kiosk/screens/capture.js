// In front of the camera: the live picture, one hint at a time, and the shutter that fires by itself. How long a hint
// stands is decided by the coach (kiosk/photo/coach.py); this screen shows what it says, and numbers at a calm pace.

import { drawing, h, icon } from "../dom.js";
import { has, t } from "../i18n.js";
import { range, sentence, shown } from "../hints.js";
import { Mirror } from "../mirror.js";
import { known, sign } from "../signs.js";

const NUMBERS_MS = 600; // a value that changes with every frame can't be read
const SYMBOLS = { searching: "look", hold: "check", shooting: "camera", sent: "clock", fault: "plug" };

export function capture({ snapshot, say }) {
  const url = snapshot.station.preview?.url;
  const place = h("div", { class: "hint-sign" });
  const title = h("h1", { class: "title hint-words", tabindex: "-1" });
  const measured = h("p", { class: "hint-range" });
  const hint = h("div", { class: "hint", "data-testid": "hint", "data-state": "starting" }, place, h("div", {}, title, measured));
  const shots = h("p", { class: "chip", "data-testid": "shots" });
  const away = h("p", { class: "stage-away" }, t("kiosk.capture.no_picture"));
  let words = "";
  let said = "";
  let symbol = "";
  let counted = 0;

  const show = (state, check, sentenceNow, detail, symbolNow) => {
    hint.dataset.state = state;
    hint.dataset.check = check?.code ?? "";
    hint.dataset.sign = symbolNow;
    // a sentence may hold numbers: it is another one only when state or hint is
    const other = `${state} ${check?.hint ?? sentenceNow}` !== said;
    const now = performance.now();
    if (other || now - counted >= NUMBERS_MS) {
      counted = now;
      if (measured.textContent !== detail) measured.textContent = detail;
    }
    if (symbolNow !== symbol) {
      symbol = symbolNow;
      place.replaceChildren(known(symbol) ? sign(symbol) : icon(symbol));
    }
    if (!other) return;
    said = `${state} ${check?.hint ?? sentenceNow}`;
    words = sentenceNow;
    title.textContent = words;
    say(words);
  };
  const coach = ({ state, check, held, code, taken }) => {
    const share = state === "hold" ? held : ["shooting", "sent"].includes(state) ? 1 : 0;
    const look = check && ["adjust", "searching"].includes(state) ? shown(check) : { sign: null, point: null };
    if (mirror) {
      mirror.held = share;
      mirror.point(state === "adjust" ? look.point : null, share > 0 || state === "hold");
    }
    hint.dataset.held = String(share);
    if (taken) hint.dataset.age = (performance.timeOrigin + performance.now() - taken).toFixed(1);
    hint.dataset.point = look.point ?? "";
    if (state === "fault") {
      const key = `refusal.${code}.student`;
      show(state, null, has(key) ? t(key) : t("kiosk.fault.camera"), "", SYMBOLS.fault);
    } else if (look.sign) {
      show(state, check, sentence(check), state === "adjust" ? range(check) : "", look.sign);
    } else {
      const name = has(`kiosk.capture.${state}`) ? state : "searching";
      show(name, null, t(`kiosk.capture.${name}`), "", SYMBOLS[name] ?? "look");
    }
  };
  const count = ({ visit }) => {
    const ordinal = Math.min(visit.shots_used + 1, visit.shots_allowed);
    shots.textContent = t("kiosk.capture.shots", { ordinal, allowed: visit.shots_allowed });
  };
  const mirror = url ? new Mirror({ url, profile: snapshot.profile, coach, live: (on) => (away.hidden = on) }) : null;
  mirror?.node.append(away);
  count(snapshot);
  show("searching", null, t("kiosk.capture.searching"), "", SYMBOLS.searching);

  return {
    say: t("kiosk.capture.say"),
    now: () => words,
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

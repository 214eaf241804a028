// Stand before the thermometer; it measures by itself, or staff do.

import { drawing, h } from "../dom.js";
import { t } from "../i18n.js";
import { layout } from "./layout.js";

const mode = (snapshot) => {
  const state = snapshot.station.devices.thermometer?.state;
  return state === "ready" || state === "starting" ? "device" : "staff";
};

export function temperature({ snapshot }) {
  const who = mode(snapshot);
  const title = t(`kiosk.temperature.title_${who}`);
  return {
    say: title,
    node: layout({
      title,
      lead: t(`kiosk.temperature.lead_${who}`),
      art: drawing(who === "device" ? "thermometer" : "staff"),
      content: h("p", { class: "live", role: "status" }, h("span", { class: "live-dot", "aria-hidden": "true" }), t(`kiosk.temperature.live_${who}`)),
    }),
    update: (now) => mode(now) === who,
  };
}

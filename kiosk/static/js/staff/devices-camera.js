/*
 * The camera's small picture and the calibration with the empty wall. The picture comes only while it is shown here, only
 * while nobody uses the kiosk, and whoever is in it is made of squares before it leaves the kiosk.
 */

import { Refused, Unreachable, read } from "./api.js";
import { button, fill, h, icon, mark } from "./dom.js";
import { sayError, toast } from "./notices.js";
import { giveOrder, whySentence } from "./devices-orders.js";
import { t } from "./texts.js";
import { dayAndClock } from "./time.js";

const PICTURE_MS = 1000;
const number = (value) => (typeof value === "number" ? value.toFixed(1) : "–");

/** The panel with the picture. `show()` and `hide()` begin and end asking for it. */
export class Glass {
  constructor() {
    this.shown = false;
    this.timer = 0;
    this.stage = h("div", { class: "glass-stage", data: { testid: "picture" } });
    this.press = button(t("staff.devices.picture_show"), { icon: "camera", press: () => (this.shown ? this.hide() : this.show()), data: { testid: "look" } });
    this.node = h(
      "section",
      { class: "panel glass" },
      h("div", { class: "panel-head" }, h("h2", {}, t("staff.devices.picture")), this.press),
      this.stage,
      h("p", { class: "soft small" }, t("staff.devices.picture_private")),
    );
    document.addEventListener("visibilitychange", () => document.hidden && this.hide());
    this.hide();
  }

  show() {
    if (this.shown) return;
    this.shown = true;
    this.word(t("staff.devices.picture_hide"));
    this.say("clock", t("staff.devices.picture_coming"));
    this.next();
  }

  hide() {
    this.shown = false;
    clearTimeout(this.timer);
    this.word(t("staff.devices.picture_show"));
    this.say("camera", t("staff.devices.picture_off"));
  }

  word(sentence) {
    this.press.querySelector(".button-word").textContent = sentence;
  }

  say(iconName, sentence) {
    fill(this.stage, h("p", { class: "glass-note" }, icon(iconName), h("span", {}, sentence)));
  }

  async next() {
    if (!this.shown) return;
    try {
      const { free, picture, taken_ms: taken } = await read("/staff/api/devices/picture");
      if (!this.shown) return;
      if (picture) this.paint(picture, taken);
      else if (!free) this.say("person", t("staff.devices.picture_in_use"));
      else if (!this.stage.querySelector("img")) this.say("clock", t("staff.devices.picture_coming"));
      else this.say("broken", t("staff.devices.picture_none"));
    } catch (error) {
      if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
      this.say("broken", error instanceof Refused ? error.staff : t("staff.lost.title"));
    }
    if (this.shown) this.timer = setTimeout(() => this.next(), PICTURE_MS);
  }

  paint(picture, taken) {
    const old = this.stage.querySelector("img");
    if (old) {
      old.src = picture;
      old.dataset.taken = taken;
    } else fill(this.stage, h("img", { src: picture, alt: t("staff.devices.picture_alt"), data: { taken } }));
  }
}

/** What the last calibration says, and making a new one. `onChange` is called after one. */
export class Calibration {
  constructor(onChange) {
    this.onChange = onChange;
    this.made = null; // the end of the last order given here: it has the map
    this.body = h("div", { class: "calibration-body" });
    this.acts = h("div", { class: "panel-acts" });
    this.node = h("section", { class: "panel calibration", data: { testid: "calibration" } }, h("h2", {}, t("staff.devices.calibration")), this.body, this.acts);
  }

  update(snapshot) {
    const kept = snapshot.calibration;
    this.node.dataset.state = kept?.state ?? "unknown";
    const state = kept?.state ?? "none";
    const good = state === "good";
    fill(
      this.body,
      h("p", {}, mark(good ? "check" : "alert", kept ? t(`calibration.state.${state}`) : t("staff.devices.calibration_unknown"), good ? "good" : "warn")),
      kept?.taken_at
        ? h(
            "dl",
            { class: "facts" },
            pair(t("calibration.value.taken_at"), dayAndClock(kept.taken_at)),
            pair(t("calibration.value.camera"), kept.camera ?? "–"),
            pair(t("calibration.value.unevenness"), number(kept.unevenness)),
            this.details(),
          )
        : null,
      this.map(),
    );
    fill(
      this.acts,
      snapshot.may
        ? button(t("staff.devices.calibrate"), { icon: "wall", press: (event) => this.ask("calibrate", event.currentTarget), data: { testid: "calibrate" } })
        : null,
      snapshot.may && kept?.taken_at
        ? button(t("staff.devices.forget"), { kind: "quiet", press: (event) => this.ask("forget_calibration", event.currentTarget), data: { testid: "forget" } })
        : null,
    );
  }

  details() {
    const values = this.made?.values?.values;
    if (!values) return [];
    return [
      pair(t("calibration.value.lab"), values.lab.map(number).join(" · ")),
      pair(t("calibration.value.cast"), values.cast.map(number).join(" · ")),
      pair(t("calibration.value.noise"), number(values.noise)),
    ];
  }

  map() {
    if (!this.made?.picture) return null;
    return h(
      "figure",
      { class: "wall-map" },
      h("img", { src: this.made.picture, alt: t("calibration.map.title") }),
      h("figcaption", { class: "soft small" }, t("calibration.map.legend")),
    );
  }

  async ask(order, press) {
    press.setAttribute("aria-busy", "true");
    press.disabled = true;
    try {
      const end = await giveOrder(order, "camera");
      if (end.state !== "done") toast(t("staff.devices.lost"), { tone: "warn" });
      else if (!end.went) toast(whySentence(end.fault), { tone: "bad" });
      else if (order === "calibrate" && !end.values.made) toast(whySentence(`wall_${end.values.obstacle}`), { tone: "bad" });
      else toast(t(order === "calibrate" ? "staff.devices.calibrated" : "staff.devices.forgotten"));
      this.made = order === "calibrate" && end.values?.made ? end : null;
      await this.onChange(end);
    } catch (error) {
      sayError(error);
    } finally {
      press.removeAttribute("aria-busy");
      press.disabled = false;
    }
  }
}

export const pair = (word, value) => [h("dt", {}, word), h("dd", {}, value)];

// What stands around every screen: the journey's steps, the tools in their corner, faults, the offline banner.

import { button, h, icon } from "./dom.js";
import { current, either, has, t } from "./i18n.js";

const STEPS = ["identity", "health", "temperature", "queue", "photo", "receipt"];
const STEP_OF = {
  identify: "identity",
  confirm: "identity",
  data_reported: "identity",
  declare: "health",
  temperature: "temperature",
  waiting: "queue",
  called: "queue",
  capture: "photo",
  review: "photo",
  receipt: "receipt",
};
//: Screens on which the steps say nothing of where somebody was stopped: nobody else reads medical reasons off them.
const WITHOUT_STEPS = new Set(["refused", "observation", "notice", "parked", "closed", "superseded", "starting"]);

//: Devices whose fault matters on a screen; the bridge matters on all of them.
const NEEDS = {
  welcome: ["reader"],
  identify: ["reader"],
  parked: ["reader"],
  temperature: ["thermometer"],
  called: ["camera"],
  capture: ["camera"],
};
const BRIDGE = new Set([...Object.keys(NEEDS), "confirm", "declare", "waiting"]);

const byId = (id) => document.getElementById(id);

export class Frame {
  /** `act(name, values)` performs an action; `toggle(what)` switches `voice` or `large` on this page. */
  constructor({ act, toggle, voice }) {
    Object.assign(this, { act, toggle, voice });
    this.offline = false;
    this.message = null;
  }

  /** Draws everything around `screen` from the snapshot (null before the first). */
  draw(screen, snapshot) {
    this.screen = screen;
    this.snapshot = snapshot;
    this.#brand();
    this.#steps();
    this.#tools();
    this.notices();
  }

  #brand() {
    const { campaign, station } = this.snapshot ?? {};
    byId("brand-title").textContent = campaign ? either(campaign.title) : t("kiosk.product");
    if (station) byId("brand-seat").textContent = t("kiosk.seat", { seat: station.seat });
  }

  #steps() {
    const nav = byId("steps");
    nav.hidden = WITHOUT_STEPS.has(this.screen);
    nav.setAttribute("aria-label", t("kiosk.steps"));
    const { campaign } = this.snapshot ?? {};
    const asked = campaign?.screening?.questions?.length ? STEPS : STEPS.filter((step) => step !== "health");
    const at = asked.indexOf(STEP_OF[this.screen]);
    const items = asked.map((step, index) => {
      const past = index < at;
      return h(
        "li",
        { class: past ? "step step-past" : index === at ? "step step-now" : "step", "aria-current": index === at ? "step" : null },
        h("span", { class: "step-dot", "aria-hidden": "true" }, past ? icon("check") : String(index + 1)),
        h("span", { class: "step-name" }, t(`kiosk.step.${step}`)),
      );
    });
    nav.replaceChildren(h("ol", {}, items));
  }

  #tools() {
    const held = document.activeElement?.dataset?.action;
    const called = Boolean(this.snapshot?.station?.called_staff);
    const other = current() === "zh_CN" ? "en" : "zh_CN";
    const large = document.documentElement.dataset.large === "1";
    byId("tools").replaceChildren(
      button({
        label: t(called ? "kiosk.tools.staff_called" : "kiosk.tools.staff"),
        action: "call_staff",
        tone: "tool",
        symbol: called ? "check" : "hand",
        pressed: called,
        press: () => this.act("call_staff"),
      }),
      h(
        "div",
        { class: "tools-end" },
        this.voice.able &&
          button({
            label: t("kiosk.tools.voice"),
            action: "voice",
            tone: "tool",
            symbol: "voice",
            pressed: this.voice.on,
            press: () => this.toggle("voice"),
          }),
        button({
          label: t("kiosk.tools.large"),
          action: "large",
          tone: "tool",
          symbol: "letters",
          pressed: large,
          press: () => this.toggle("large"),
        }),
        h(
          "span",
          { lang: other === "en" ? "en" : "zh-CN" },
          button({
            label: t("kiosk.language", {}, other),
            action: "set_language",
            tone: "tool",
            symbol: "globe",
            value: other,
            press: () => this.act("set_language", { language: other }),
          }),
        ),
      ),
    );
    if (held) byId("tools").querySelector(`[data-action="${held}"]`)?.focus();
  }

  /** Shows the sentence of a refusal for a while; null takes it away. */
  say(text) {
    clearTimeout(this.forget);
    this.message = text;
    if (text) this.forget = setTimeout(() => this.say(null), 9000);
    this.notices();
  }

  /** Redraws the strips: offline, a device's fault, a refusal. */
  notices() {
    const strips = [];
    if (this.offline) strips.push(["offline", "plug", t("kiosk.offline")]);
    else {
      const fault = this.#fault();
      if (fault) strips.push([`fault-${fault}`, "plug", t(`kiosk.fault.${fault}`)]);
    }
    if (this.message) strips.push(["message", "note", this.message]);
    const drawn = JSON.stringify(strips);
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    byId("notices").replaceChildren(
      ...strips.map(([kind, symbol, text]) => h("p", { class: "strip", "data-strip": kind }, icon(symbol), h("span", {}, text))),
    );
  }

  #fault() {
    const devices = this.snapshot?.station?.devices ?? {};
    const bad = (name) => devices[name]?.state === "fault";
    if (BRIDGE.has(this.screen) && bad("bridge")) return "bridge";
    return (NEEDS[this.screen] ?? []).find((name) => bad(name) && has(`kiosk.fault.${name}`)) ?? null;
  }
}

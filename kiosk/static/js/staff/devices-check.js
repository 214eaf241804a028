/*
 * The guided check before opening: one step after the other, each with what to do, what was found, and "skip, because".
 * What counts is judged by the server on the bridge's own answers; the page only says which answer belongs to which step.
 * Hooks: [data-testid=check][data-step][data-result], [data-testid=try|skip|next|save].
 */

import { mintKey, write } from "./api.js";
import { facts, giveOrder, whySentence } from "./devices-orders.js";
import { button, fill, h, icon, mark } from "./dom.js";
import { Incomplete, openDialog, sayError, toast } from "./notices.js";
import { pair } from "./devices-camera.js";
import { t } from "./texts.js";

const STEPS = ["card", "camera", "light", "wall", "thermometer", "printer"];
const ICONS = { card: "card", camera: "camera", light: "light", wall: "wall", thermometer: "thermometer", printer: "printer" };
const ABOUT = { card: ["test", "reader"], camera: ["test", "camera"], light: ["test", "camera"], wall: ["calibrate", "camera"], thermometer: ["test", "thermometer"], printer: ["print", "printer"] };
const CARD_SECONDS = 12; // to fetch a card out of a pocket
const SHOWN = { camera: ["size", "fps", "sharpness"], light: ["lightness", "sides", "clipped"] }; // of what one look at the camera tells
const TONES = { passed: ["check", "good"], failed: ["alert", "bad"], skipped: ["pause", "warn"], off: ["pause", "soft"], waiting: ["clock", "soft"] };

export class Check {
  /**
   * `glass` stands beside the camera's steps while the check is open. `onShow(open)` is called when it opens or closes,
   * `onEnd` after a check was kept.
   */
  constructor({ glass, onEnd }) {
    this.glass = glass;
    this.onEnd = onEnd;
    this.onShow = () => {};
    this.node = h("section", { class: "guide", hidden: true, data: { testid: "check" }, "aria-label": t("staff.devices.check.title") });
  }

  update(snapshot) {
    this.snapshot = snapshot;
  }

  begin() {
    this.at = 0;
    this.running = "";
    this.found = {}; // step → {result, why, values, answer: what is sent, picture}
    for (const step of this.snapshot.off) this.found[step] = { result: "off" };
    this.node.hidden = false;
    this.onShow(true);
    this.go(0);
  }

  end() {
    this.glass.hide();
    this.node.hidden = true;
    this.onShow(false);
    document.querySelector("[data-testid=begin-check]")?.focus();
  }

  go(at) {
    this.at = at;
    const step = STEPS[at];
    if (this.found[step]?.result === "off" && at < STEPS.length - 1) return this.go(at + 1);
    this.draw();
    this.node.querySelector("h2")?.focus();
    if (["camera", "light", "wall"].includes(step)) this.glass.show();
    else this.glass.hide();
  }

  draw() {
    const step = STEPS[this.at];
    fill(this.node, this.rail(), step ? this.card(step) : this.summary());
    this.node.dataset.step = step ?? "end";
    this.node.dataset.result = this.found[step]?.result ?? "";
  }

  rail() {
    return h(
      "ol",
      { class: "guide-rail" },
      STEPS.map((step, index) => {
        const result = this.found[step]?.result;
        const [iconName, tone] = result ? TONES[result] : ["dot", "soft"];
        const name = t(`staff.devices.step.${step}`);
        const word = result ? `${name}${t("staff.devices.check.colon")}${t(`staff.devices.check.${result}`)}` : name;
        return h("li", { class: tone, "aria-current": index === this.at ? "step" : null }, icon(iconName), h("span", {}, name), h("span", { class: "unseen" }, word === name ? "" : word));
      }),
    );
  }

  card(step) {
    const found = this.found[step];
    const browser = step === "printer" && this.snapshot.printer === "browser";
    const beside = ["camera", "light", "wall"].includes(step);
    const off = found?.result === "off";
    return h(
      "div",
      { class: beside ? "guide-card beside" : "guide-card" },
      h(
        "div",
        { class: "guide-main" },
        h("div", { class: "guide-head" }, h("div", { class: "guide-picture" }, icon(ICONS[step])), h("h2", { tabindex: "-1" }, t(`staff.devices.step.${step}`))),
        h("p", {}, off ? t("staff.devices.check.is_off") : t(`staff.devices.step.${step}.do${browser ? "_browser" : ""}`)),
        h("div", { class: "guide-result", "aria-live": "polite" }, this.result(step, found)),
        h(
          "div",
          { class: "guide-acts" },
          off ? null : this.tryButton(step, browser, found),
          off || found?.result === "passed" ? null : button(t("staff.devices.check.skip"), { kind: "quiet", data: { testid: "skip" }, press: () => this.skip(step) }),
          this.at > 0 ? button(t("staff.devices.check.back"), { kind: "quiet", data: { testid: "back" }, press: () => this.go(this.before()) }) : null,
          found ? button(t("staff.devices.check.next"), { kind: found.result === "failed" ? "plain" : "primary", data: { testid: "next" }, press: () => this.go(this.at + 1) }) : null,
        ),
      ),
      beside ? this.glass.node : null,
    );
  }

  before() {
    let at = this.at - 1;
    while (at > 0 && this.found[STEPS[at]]?.result === "off") at -= 1;
    return Math.max(0, at);
  }

  tryButton(step, browser, found) {
    const again = found && found.result !== "skipped";
    if (browser) {
      return [
        button(t("staff.devices.check.print"), { icon: "printer", kind: found ? "plain" : "primary", data: { testid: "try" }, press: () => print() }),
        button(t("staff.devices.check.seen"), { icon: "check", data: { testid: "seen" }, press: () => this.keep(step, { result: "passed", answer: { seen: true } }) }),
      ];
    }
    const word = this.running === step ? t("staff.devices.check.running") : again ? t("staff.devices.check.again") : t(`staff.devices.step.${step}.try`);
    return button(word, {
      icon: again ? "refresh" : "play",
      kind: again ? "plain" : "primary",
      data: { testid: "try" },
      attributes: { "aria-busy": this.running === step ? "true" : null, "aria-disabled": this.running ? "true" : null },
      press: () => this.running || this.run(step),
    });
  }

  result(step, found) {
    if (this.running === step) return mark("clock", t(`staff.devices.step.${step}.wait`), "soft");
    if (!found || found.result === "off") return null;
    const [iconName, tone] = TONES[found.result];
    const values = found.values && Object.keys(found.values).length ? facts(ABOUT[step][1], found.values, SHOWN[step]) : [];
    return [
      mark(iconName, t(`staff.devices.check.${found.result}`), tone),
      found.result === "failed" ? h("p", {}, whySentence(found.why)) : null,
      found.result === "skipped" ? h("p", {}, found.answer.skip) : null,
      step !== "wall" && values.length ? h("dl", { class: "facts" }, values.map(([word, value]) => pair(word, value))) : null,
      step === "wall" && found.values?.unevenness !== undefined && found.result === "passed"
        ? h("dl", { class: "facts" }, pair(t("calibration.value.unevenness"), Number(found.values.unevenness).toFixed(1)))
        : null,
      step === "wall" && found.picture
        ? h("figure", { class: "wall-map" }, h("img", { src: found.picture, alt: t("calibration.map.title") }), h("figcaption", { class: "soft small" }, t("calibration.map.legend")))
        : null,
    ];
  }

  async run(step) {
    const [order, device] = ABOUT[step];
    this.running = step;
    this.draw();
    try {
      const end = await giveOrder(order, device, step === "card" ? CARD_SECONDS : 0);
      this.running = "";
      if (end.state !== "done") {
        toast(t("staff.devices.lost"), { tone: "warn" });
        this.draw();
        return;
      }
      this.keep(step, { ...end.steps[step], answer: { order: end.id }, picture: end.picture });
    } catch (error) {
      this.running = "";
      this.draw();
      sayError(error);
    }
  }

  keep(step, found) {
    this.found[step] = found;
    if (STEPS[this.at] === step) {
      this.draw();
      this.node.querySelector("[data-testid=next]")?.focus();
    }
  }

  skip(step) {
    const note = h("textarea", { id: "skip-reason", rows: "3", maxlength: "300", data: { testid: "skip-reason" } });
    openDialog({
      title: t("staff.devices.check.skip_title", { step: t(`staff.devices.step.${step}`) }),
      lead: t("staff.devices.check.skip_lead"),
      body: h("label", { class: "field", for: "skip-reason" }, h("span", {}, t("staff.devices.check.skip_reason")), note),
      testid: "dialog-skip",
      submit: {
        word: t("staff.devices.check.skip"),
        run: async () => {
          const reason = note.value.trim();
          if (!reason) throw new Incomplete(t("staff.devices.check.skip_missing"), note);
          this.keep(step, { result: "skipped", answer: { skip: reason } });
        },
      },
    });
  }

  summary() {
    const failed = STEPS.filter((step) => this.found[step]?.result === "failed");
    const missing = STEPS.filter((step) => !this.found[step]);
    return h(
      "div",
      { class: "guide-card" },
      h(
        "div",
        { class: "guide-main" },
        h("h2", { tabindex: "-1" }, t("staff.devices.check.summary")),
        h("p", {}, missing.length ? t("staff.devices.check.missing") : failed.length ? t("staff.devices.check.has_failed") : t("staff.devices.check.all_good")),
        h(
          "ul",
          { class: "guide-list" },
          STEPS.map((step, index) => {
            const found = this.found[step] ?? { result: "waiting" };
            const [iconName, tone] = TONES[found.result];
            return h(
              "li",
              {},
              h("span", { class: "grow" }, t(`staff.devices.step.${step}`), found.result === "skipped" ? h("span", { class: "soft" }, ` · ${found.answer.skip}`) : null),
              mark(iconName, t(`staff.devices.check.${found.result}`), tone),
              found.result === "off" || found.result === "passed" ? null : button(t("staff.devices.check.go"), { kind: "quiet", label: `${t("staff.devices.check.go")} ${t(`staff.devices.step.${step}`)}`, press: () => this.go(index) }),
            );
          }),
        ),
        h(
          "div",
          { class: "guide-acts" },
          button(t("staff.devices.check.save"), { icon: "check", kind: "primary", data: { testid: "save" }, attributes: { "aria-disabled": missing.length ? "true" : null }, press: (event) => missing.length || this.save(event.currentTarget) }),
        ),
      ),
    );
  }

  async save(press) {
    press.setAttribute("aria-busy", "true");
    this.key ??= mintKey();
    const steps = {};
    for (const step of STEPS) if (this.found[step].result !== "off") steps[step] = this.found[step].answer;
    try {
      const { result } = await write("/staff/api/devices/checks", { key: this.key, steps });
      this.key = null;
      toast(result.passed ? t("staff.devices.check.kept_good") : t("staff.devices.check.kept_bad"), { tone: result.passed ? "good" : "warn" });
      this.end();
      this.onEnd();
    } catch (error) {
      press.removeAttribute("aria-busy");
      sayError(error);
    }
  }
}

/*
 * How the kiosk's devices are, live: state, what a fault means, tests, the camera, calibration, the log, the check before
 * opening. Hooks: [data-device=KIND][data-state], [data-do=test|retry], [data-testid=result|bundle|begin-check|log].
 */

import { Refused, Unreachable } from "./api.js";
import { Calibration, Glass, pair } from "./devices-camera.js";
import { Check } from "./devices-check.js";
import { facts, giveOrder, whySentence } from "./devices-orders.js";
import { button, fill, h, icon, mark } from "./dom.js";
import { Live } from "./live.js";
import { sayError, toast } from "./notices.js";
import { boot, showConnection } from "./shell.js";
import { first, t } from "./texts.js";
import { clock, setNow, since, tick } from "./time.js";

const ICONS = { reader: "card", camera: "camera", thermometer: "thermometer", codes: "code", printer: "printer" };
const TONES = { ready: ["check", "good"], fault: ["alert", "bad"], starting: ["clock", "soft"], off: ["pause", "soft"], unknown: ["broken", "warn"] };
const AGAIN_MS = 5000;
let live;

/** One device: its node stays, only what changed is drawn anew, so that focus and results stay where they are. */
class Row {
  constructor(kind) {
    this.kind = kind;
    this.drawn = "";
    this.head = h("div", { class: "device-head" });
    this.fault = h("div", { class: "device-fault", hidden: true });
    this.result = h("div", { class: "device-result", hidden: true, data: { testid: "result" }, "aria-live": "polite" });
    this.acts = h("div", { class: "device-acts" });
    this.node = h("li", { class: "panel device", data: { device: kind } }, this.head, this.acts, this.fault, this.result);
  }

  update(row, may) {
    const key = JSON.stringify([row, may]);
    if (key === this.drawn) return;
    this.drawn = key;
    const condition = `${row.state} ${row.fault} ${row.since}`;
    if (condition !== this.condition && this.result.dataset.ok !== undefined) this.result.hidden = true; // it was about what was
    this.condition = condition;
    const [iconName, tone] = TONES[row.state] ?? TONES.unknown;
    this.node.dataset.state = row.state;
    this.node.dataset.fault = row.fault ?? "";
    fill(
      this.head,
      h("span", { class: "device-icon" }, icon(ICONS[this.kind] ?? "plug")),
      h(
        "div",
        { class: "grow" },
        h("h2", {}, first([`devices.kind.${this.kind}`], this.kind)),
        h("p", { class: "device-state" }, mark(iconName, t(`devices.state.${row.state}`), tone), row.since ? since(row.since, "soft since") : null),
        h("p", { class: "soft small where" }, [row.driver, row.label].filter(Boolean).join(" · ")),
      ),
    );
    this.fault.hidden = row.state !== "fault";
    fill(
      this.fault,
      h("p", {}, h("strong", {}, whySentence(row.fault, first([`refusal.${row.code}.staff`])))),
      row.retry ? h("p", { class: "soft small" }, first([`devices.retry.${row.retry}`])) : null,
      row.detail ? h("p", { class: "soft small" }, h("code", {}, `${row.fault}: ${row.detail}`)) : h("p", { class: "soft small" }, h("code", {}, row.fault ?? "")),
    );
    const works = row.state === "ready" || row.state === "fault" || row.state === "starting";
    fill(
      this.acts,
      may && works ? this.act("test", "staff.devices.test", "play") : null,
      may && row.state === "fault" ? this.act("retry", "staff.devices.retry", "refresh") : null,
    );
  }

  act(order, word, iconName) {
    return button(t(word), { icon: iconName, data: { do: order }, press: (event) => this.ask(order, event.currentTarget) });
  }

  async ask(order, press) {
    press.setAttribute("aria-busy", "true");
    press.disabled = true;
    try {
      this.say(await giveOrder(order, this.kind), order);
    } catch (error) {
      sayError(error);
    } finally {
      press.removeAttribute("aria-busy");
      press.disabled = false;
    }
    live.refresh();
  }

  say(end, order) {
    if (order === "retry" && end.went) {
      toast(t("staff.devices.retried"));
      return;
    }
    this.result.hidden = false;
    this.result.dataset.ok = String(Boolean(end.went));
    if (end.state !== "done") fill(this.result, mark("broken", t("staff.devices.lost"), "warn"));
    else if (!end.went) fill(this.result, mark("alert", whySentence(end.fault), "bad"), end.detail ? h("p", { class: "soft small" }, h("code", {}, end.detail)) : null);
    else {
      const found = facts(this.kind, end.values);
      fill(
        this.result,
        mark("check", t("staff.devices.tested", { time: clock(new Date().toISOString()) }), "good"),
        found.length ? h("dl", { class: "facts" }, found.map(([word, value]) => pair(word, value))) : null,
        end.picture ? h("img", { class: "test-picture", src: end.picture, alt: t("staff.devices.picture_alt") }) : null,
      );
    }
  }
}

/** The bridge's last log lines, read when somebody opens the panel. */
class Log {
  constructor() {
    this.lines = h("pre", { class: "log-lines", tabindex: "0", "aria-label": t("staff.devices.log"), data: { testid: "log" } });
    this.again = button(t("staff.devices.log_again"), { icon: "refresh", press: () => this.load() });
    this.node = h(
      "details",
      { class: "panel log" },
      h("summary", { data: { testid: "log-open" } }, icon("chevron"), h("span", {}, t("staff.devices.log"))),
      h("p", { class: "soft small" }, t("staff.devices.log_private")),
      this.lines,
      h("div", { class: "panel-acts" }, this.again),
    );
    this.node.addEventListener("toggle", () => this.node.open && this.load());
  }

  async load() {
    this.again.setAttribute("aria-busy", "true");
    try {
      const end = await giveOrder("report", "all");
      if (!end.went) throw new Unreachable(end.state);
      this.lines.textContent = end.values.log.slice(-100).join("\n") || t("staff.devices.log_empty");
      this.lines.scrollTop = this.lines.scrollHeight;
    } catch (error) {
      sayError(error);
    } finally {
      this.again.removeAttribute("aria-busy");
    }
  }
}

/** The bundle: the bridge is asked for its report first; without a bridge the rest is worth having all the more. */
async function takeBundle(press) {
  press.setAttribute("aria-busy", "true");
  let order = "";
  try {
    order = (await giveOrder("report", "all")).id;
  } catch (error) {
    if (!(error instanceof Unreachable || error instanceof Refused)) throw error;
  }
  const link = h("a", { href: `/staff/api/devices/bundle.zip?order=${encodeURIComponent(order)}`, download: true });
  document.body.append(link);
  link.click();
  link.remove();
  press.removeAttribute("aria-busy");
}

/** The result of the newest check of today. */
function lastCheck(snapshot) {
  const found = snapshot.check;
  if (!found) return h("p", {}, mark("clock", t("staff.devices.check.none"), "soft"));
  const skipped = Object.values(found.steps).filter((step) => step.result === "skipped").length;
  const word = found.passed ? t("staff.devices.check.passed_at", { time: clock(found.at), by: found.by }) : t("staff.devices.check.failed_at", { time: clock(found.at), by: found.by });
  return h(
    "p",
    { data: { testid: "last-check", passed: String(found.passed) } },
    mark(found.passed ? "check" : "alert", word, found.passed ? "good" : "bad"),
    skipped ? h("span", { class: "soft" }, ` · ${t("staff.devices.check.skipped_count", { count: skipped })}`) : null,
  );
}

boot(async () => {
  const content = document.getElementById("content");
  const acts = document.getElementById("acts");
  const rows = new Map();
  const list = h("ul", { class: "device-list" });
  const gone = h("div", { class: "panel gone", role: "alert", hidden: true }, mark("broken", t("refusal.bridge_gone.staff"), "bad"), h("p", { class: "soft" }, t("refusal.bridge_gone.next")));
  const newest = h("div", { class: "panel newest" });
  const glass = new Glass();
  const calibration = new Calibration(() => live.refresh());
  const check = new Check({ glass, onEnd: () => live.refresh() });
  const log = new Log();
  const side = h("div", { class: "device-side" }, newest);
  const overview = h("div", { class: "device-columns" }, h("div", {}, gone, list), side);
  let built = false;

  const begin = button(t("staff.devices.check.begin"), { icon: "list", kind: "primary", data: { testid: "begin-check" }, press: () => check.begin() });
  const bundle = button(t("staff.devices.bundle"), { icon: "download", data: { testid: "bundle" }, press: (event) => takeBundle(event.currentTarget) });

  const leave = button(t("staff.devices.check.leave"), { icon: "cross", data: { testid: "leave" }, press: () => check.end() });

  function build(snapshot) {
    built = true;
    if (snapshot.may) {
      fill(acts, bundle, begin);
      side.append(glass.node, calibration.node, log.node);
    } else {
      side.append(calibration.node);
    }
    fill(content, check.node, overview);
    content.removeAttribute("aria-busy");
  }

  function draw(snapshot) {
    setNow(snapshot.now);
    if (!built) build(snapshot);
    const place = t("staff.devices.place", { station: snapshot.station.name, seat: snapshot.station.seat });
    document.getElementById("place").textContent = `${place} · ${snapshot.free ? t("staff.devices.free") : t("staff.devices.in_use")}`;
    document.getElementById("print-place").textContent = `${place} · ${new Date(snapshot.now).toLocaleString()}`;
    gone.hidden = snapshot.bridge.state === "ready";
    for (const row of snapshot.devices) {
      if (!rows.has(row.kind)) {
        rows.set(row.kind, new Row(row.kind));
        list.append(rows.get(row.kind).node);
      }
      rows.get(row.kind).update(row, snapshot.may);
    }
    fill(newest, h("h2", {}, t("staff.devices.check.title")), lastCheck(snapshot));
    calibration.update(snapshot);
    check.update(snapshot);
  }

  check.onShow = (open) => {
    overview.hidden = open;
    fill(acts, open ? leave : [bundle, begin]);
    if (!open) side.insertBefore(glass.node, calibration.node);
  };
  live = new Live("/staff/api/devices", draw, showConnection);
  await live.start();
  setInterval(() => document.hidden || live.refresh(), AGAIN_MS); // a bridge that falls silent sends no hint
  tick(document.body);
});

// Starts the student's page and keeps it to what the snapshot says.
//
// What stands where, for tests and other scripts:
//   body[data-screen="confirm"]      the screen that is shown (names of the snapshot's `screen`, besides `starting`
//                                    and `superseded`); body[data-busy="1"] while a decision is under way
//   [data-action="confirm"]          a button, named after the action it performs; buttons that stay on the page:
//                                    call_staff, set_language (data-value), voice, large, stay (idle warning), wrong,
//                                    field / note (data-value), report_back, report_wrong_data, answer (data-question,
//                                    data-value), answer_back, answer_edit, declare, no_card, take_over, retry
//   #screen h1                       the one sentence of the screen; [data-field="name"] a row of the data
//   [data-testid="preview"]          live picture; data-live, data-fps, data-age, data-age-p95 (ms), data-frames,
//                                    data-dropped
//   [data-testid="hint"]             the hint of the moment; data-state, data-check, data-sign (its picture), data-point
//                                    (what is marked on the live picture), data-held, data-age (ms from its frame to here)
//   [data-testid="shot"]             the picture in review; [data-testid="number"] the queue number
//   [data-strip="offline"]           the banner while the server does not answer; fault-<device>, message
//   #idle                            the idle warning; #demo the panel of the demo

import { Api, Refused } from "./api.js";
import { startDemo } from "./demo.js";
import { loadDrawings } from "./dom.js";
import { Frame } from "./frame.js";
import { current, loadTexts, t, use } from "./i18n.js";
import { Idle } from "./idle.js";
import { SCREENS } from "./screens/index.js";
import { Voice } from "./voice.js";
import { Wedge } from "./wedge.js";

const DRAWINGS = [
  "welcome", "card-on-reader", "code-to-camera", "thermometer", "mask-off", "mask-on", "look-here", "phone-over-code",
  "staff", "clock", "list", "photo-done", "closed", "unplugged", "windows", "seat", "pause", "pen", "card-problem",
];
const POLL_MS = 15000; // hints may be lost; the truth is read again in any case
const POLL_WITHOUT_HINTS_MS = 2000;
const POLL_OFFLINE_MS = 1000;
const BOOT_RETRY_MS = 1500;
const ANEW_MS = 15000; // no answer is overtaken by so much: a lower version then means other records
//: Screens at which somebody is expected to do something, and what happens when nobody does.
const EXPIRY = {
  identify: ["leave", {}],
  confirm: ["park", { cause: "idle" }],
  declare: ["park", { cause: "idle" }],
  data_reported: ["leave", {}], // staff settle it wherever the student is; the kiosk is needed by others
  temperature: ["park", { cause: "idle" }],
  called: ["park", { cause: "idle" }],
  capture: ["park", { cause: "idle" }],
  review: ["park", { cause: "idle" }],
};

//: Screens at which a scan may say who somebody is.
const SCANS = new Set(["welcome", "identify", "notice"]);

const body = document.body;
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

class Page {
  constructor() {
    this.voice = new Voice();
    this.api = new Api({ page: body.dataset.page, csrf: body.dataset.csrf, reachable: (on) => this.#reachable(on) });
    this.frame = new Frame({ act: (...call) => this.act(...call), toggle: (what) => this.#toggle(what), voice: this.voice });
    this.idle = new Idle({ expired: () => this.#expired(), awake: () => this.api.awake() });
    this.snapshot = null;
    this.view = null;
    this.shown = "";
    this.hinted = false; // whether hints come
    this.failed = null; // screen that replaces the snapshot's: the page may not act
  }

  async start() {
    for (;;) {
      try {
        await Promise.all([loadTexts(body.dataset.language), loadDrawings(DRAWINGS)]);
        break;
      } catch {
        await pause(BOOT_RETRY_MS);
      }
    }
    this.frame.draw("starting", null);
    startDemo(this.api);
    new Wedge((text) => SCANS.has(this.snapshot?.screen) && !this.failed && this.act("scan", { text })).listen();
    await this.claim();
    this.#listen();
    this.#poll();
  }

  /** This page takes the kiosk; the one that had it stops acting. */
  claim() {
    this.claiming ??= this.#claim().finally(() => (this.claiming = null));
    return this.claiming;
  }

  // A full disk or a locked database lets nobody take it: until that is over the page says so and tries again.
  async #claim() {
    for (;;) {
      try {
        await this.api.claim();
        this.failed = null;
        break;
      } catch (error) {
        this.#refused(error);
        if (error.status < 500) break;
      }
      await pause(BOOT_RETRY_MS);
    }
    await this.refresh();
  }

  /** Reads the truth again. Calls that come meanwhile are answered by one more read. */
  async refresh() {
    if (this.reading) {
      this.again = true;
      return;
    }
    this.reading = true;
    try {
      do {
        this.again = false;
        const snapshot = await this.api.snapshot();
        if (snapshot) this.apply(snapshot);
      } while (this.again);
    } catch (error) {
      this.#refused(error);
    } finally {
      this.reading = false;
    }
  }

  /** Performs an action once; presses that come while it is under way are not new decisions. */
  async act(name, values = {}) {
    if (this.busy) return;
    this.#occupied(true);
    this.frame.say(null);
    try {
      // a press says for whom it was meant: the server refuses it for anybody else
      const answer = await this.api.perform(name, { visit: this.snapshot?.visit?.id ?? null, ...values });
      if (answer.snapshot) this.apply(answer.snapshot);
      else await this.refresh();
    } catch (error) {
      this.#refused(error);
      await this.refresh();
      if (this.snapshot?.notice?.code === error.code) this.frame.say(null); // the screen says it
    } finally {
      this.#occupied(false);
    }
  }

  /** Shows a snapshot unless a later one is shown already. */
  apply(snapshot) {
    const before = this.snapshot;
    const later = before ? Date.parse(snapshot.now) - Date.parse(before.now) : 0;
    if (before && later < ANEW_MS && (snapshot.version < before.version || (snapshot.version === before.version && later < 0))) return;
    if (before?.visit && before.visit.id !== snapshot.visit?.id && snapshot.page === "mine") {
      this.#forget();
      return;
    }
    this.snapshot = snapshot;
    if (snapshot.page === "unclaimed") {
      this.claim();
      return;
    }
    this.failed = snapshot.page === "superseded" ? "superseded" : null;
    if (this.failed) snapshot.visit = null; // another window shows it; this one keeps nothing of it
    this.draw();
  }

  /** Draws the screen that must be seen now. */
  draw() {
    const { snapshot } = this;
    const name = this.failed ?? snapshot.screen;
    if (snapshot) use(snapshot.station.language);
    const kind = `${name} ${current()} ${snapshot?.visit?.id ?? ""} ${snapshot?.notice?.code ?? ""}`;
    const fresh = kind !== this.shown;
    if (fresh || !this.view.update || this.view.update(snapshot) === false) {
      if (fresh || this.#digest(snapshot) !== this.digest) this.#show(name, fresh);
    }
    this.shown = kind;
    this.digest = this.#digest(snapshot);
    this.frame.draw(name, snapshot);
    this.#watch(name);
  }

  // What a screen without `update` depends on: a new version alone is no reason to draw it again.
  #digest(snapshot) {
    const { visit, notice, campaign, queue, station } = snapshot ?? {};
    return JSON.stringify([visit, notice, campaign, queue, station?.devices, station?.preview?.url]);
  }

  #show(name, fresh) {
    this.view?.leave?.();
    const screen = SCREENS[name] ?? SCREENS.closed;
    this.view = screen({
      snapshot: this.snapshot,
      act: (...call) => this.act(...call),
      claim: () => this.claim(),
      say: (sentence) => this.#announce(sentence),
      speak: (sentence) => this.voice.say(sentence, current()),
    });
    const main = document.getElementById("screen");
    main.replaceChildren(this.view.node);
    main.classList.toggle("entering", fresh);
    body.dataset.screen = name;
    if (fresh) {
      document.querySelector("dialog[open] button, #screen h1")?.focus({ preventScroll: true });
      this.voice.say(this.view.say, current());
      document.getElementById("say").textContent = "";
    }
  }

  #announce(sentence) {
    document.getElementById("say").textContent = sentence;
    this.voice.say(sentence, current());
  }

  #watch(name) {
    const { settings } = this.snapshot ?? {};
    if (EXPIRY[name] && !this.failed) this.idle.watch(this.shown, settings.idle_warn_seconds, settings.idle_park_seconds);
    else this.idle.rest();
  }

  #expired() {
    const [name, values] = EXPIRY[this.snapshot?.screen] ?? [];
    if (name) this.act(name, values);
  }

  // The visit left the screen: nothing of it may stay in the page, its memory or its history.
  #forget() {
    this.idle.rest();
    this.view?.leave?.();
    this.voice.stop();
    this.snapshot = null;
    this.view = null;
    body.dataset.screen = "starting";
    document.getElementById("screen").replaceChildren();
    this.closing = true;
    window.location.replace("/kiosk/");
  }

  #refused(error) {
    if (!(error instanceof Refused)) throw error;
    if (error.code === "page_superseded") this.failed = "superseded";
    else if (error.code === "csrf") this.#forget();
    else if (error.status === 401) this.failed = "stopped";
    else this.frame.say([error.student, error.next].filter(Boolean).join(" "));
    if (this.failed) this.draw();
  }

  #reachable(on) {
    if (this.frame.offline === !on) return;
    this.frame.offline = !on;
    this.frame.notices();
  }

  #occupied(on) {
    this.busy = on;
    body.dataset.busy = on ? "1" : "0";
  }

  #toggle(what) {
    if (what === "voice") this.voice.toggle(this.view?.now?.() ?? this.view?.say ?? "", current());
    else document.documentElement.dataset.large = document.documentElement.dataset.large === "1" ? "0" : "1";
    this.frame.draw(this.frame.screen, this.snapshot);
  }

  async #listen() {
    try {
      const { io } = await import(body.dataset.socket);
      const socket = io("/pages", { auth: { room: "station" }, reconnectionDelayMax: 3000 });
      socket.on("connect", () => {
        this.hinted = true;
        this.refresh();
      });
      socket.on("disconnect", () => {
        this.hinted = false;
      });
      socket.on("changed", () => this.refresh());
    } catch {
      // Without hints the page asks more often.
    }
  }

  async #poll() {
    let since = performance.now();
    while (!this.closing) {
      await pause(250);
      const every = this.frame.offline ? POLL_OFFLINE_MS : this.hinted ? POLL_MS : POLL_WITHOUT_HINTS_MS;
      if (this.busy || performance.now() - since < every) continue;
      await this.refresh();
      since = performance.now();
    }
  }
}

// A kiosk is no browser: no menu, no selection, no zoom, no dragging of pictures.
for (const kind of ["contextmenu", "dragstart", "selectstart", "gesturestart"]) {
  document.addEventListener(kind, (event) => event.preventDefault());
}
document.addEventListener("wheel", (event) => event.ctrlKey && event.preventDefault(), { passive: false });
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && "+-=0".includes(event.key)) event.preventDefault();
});
// A page that is left keeps nothing that a "back" could bring up again.
window.addEventListener("pagehide", () => document.getElementById("screen").replaceChildren());
window.addEventListener("pageshow", (event) => event.persisted && window.location.replace("/kiosk/"));

new Page().start();

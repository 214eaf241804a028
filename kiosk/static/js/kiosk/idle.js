// Notices that nobody is there: warns with a countdown, then lets the visit be parked. It accepts nothing.

import { button, drawing, h } from "./dom.js";
import { t } from "./i18n.js";

const AWAKE_EVERY_MS = 5000;

export class Idle {
  /** `expired()` is called once when nobody answered; `awake()` tells the server that somebody is there. */
  constructor({ expired, awake }) {
    this.expired = expired;
    this.awake = awake;
    this.timer = null;
    this.dialog = null;
    this.told = 0;
    for (const kind of ["pointerdown", "keydown"]) {
      document.addEventListener(kind, () => this.touch(), { capture: true, passive: true });
    }
  }

  /** Watches a screen: `warn` and `park` in seconds since the last touch. */
  watch(screen, warn, park) {
    if (this.screen === screen && this.warnAfter === warn && this.parkAfter === park) return;
    this.rest();
    Object.assign(this, { screen, warnAfter: warn, parkAfter: park, since: performance.now() });
    this.timer = setInterval(() => this.#tick(), 250);
  }

  /** Watches nothing. */
  rest() {
    clearInterval(this.timer);
    this.timer = null;
    this.screen = null;
    this.#close();
  }

  /** Somebody is there. */
  touch() {
    if (!this.timer) return;
    this.since = performance.now();
    if (this.since - this.told > AWAKE_EVERY_MS) {
      this.told = this.since;
      this.awake();
    }
  }

  #tick() {
    const idle = (performance.now() - this.since) / 1000;
    if (idle >= this.parkAfter) {
      this.rest();
      this.expired();
    } else if (idle >= this.warnAfter) {
      this.#warn(Math.ceil(this.parkAfter - idle));
    } else {
      this.#close();
    }
  }

  #warn(left) {
    if (!this.dialog) {
      this.count = h("strong", { class: "idle-count", "aria-hidden": "true" });
      const stay = () => {
        this.touch();
        this.#close();
      };
      this.dialog = h(
        "dialog",
        { class: "dialog", id: "idle", "aria-labelledby": "idle-title", oncancel: (event) => event.preventDefault() },
        drawing("pause"),
        h("h2", { id: "idle-title" }, t("kiosk.idle.title")),
        h("p", {}, t("kiosk.idle.lead")),
        this.count,
        button({ label: t("kiosk.idle.stay"), action: "stay", press: stay }),
      );
      document.body.append(this.dialog);
      this.dialog.showModal();
    }
    this.count.textContent = String(left);
  }

  #close() {
    this.dialog?.close();
    this.dialog?.remove();
    this.dialog = null;
  }
}

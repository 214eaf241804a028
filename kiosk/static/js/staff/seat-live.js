/*
 * The small live picture of a seat with the coach's present hint. It asks a few times a second while the seat is in use
 * and the page is looked at; it keeps nothing, and shows nothing that is old.
 *
 * Hooks: [data-testid=live][data-state=live|free|private|away|elsewhere|lost], [data-testid=live-picture], [data-testid=live-word].
 */

import { read, Refused, Unreachable } from "./api.js";
import { fill, h, mark } from "./dom.js";
import { first, t } from "./texts.js";

const LIVE_MS = 300;
const CALM_MS = 2000;
const TONES = { hold: ["check", "good"], shooting: ["camera", "good"], sent: ["check", "good"], fault: ["alert", "bad"] };

export class SeatLive {
  constructor(station) {
    this.path = `/staff/api/seat/${encodeURIComponent(station)}/picture`;
    this.picture = h("img", { class: "live-picture", alt: t("watch.alt"), width: "400", height: "300", hidden: true, data: { testid: "live-picture" } });
    this.said = h("p", { class: "live-word", data: { testid: "live-word" } });
    this.node = h("figure", { class: "live", "aria-label": t("watch.title"), data: { testid: "live", state: "" } }, this.picture, h("figcaption", {}, this.said));
    this.shown = "";
    setTimeout(() => this.ask()); // once it stands on the page
  }

  async ask() {
    let wait = CALM_MS;
    try {
      if (!document.hidden && this.node.isConnected) {
        const seen = await read(this.path);
        this.show(seen);
        if (seen.state === "live") wait = LIVE_MS;
      } else this.show({ state: "" });
    } catch (error) {
      if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
      this.show({ state: "lost" });
    }
    setTimeout(() => this.ask(), wait);
  }

  show({ state, visit = null, picture = null, word = null }) {
    this.node.dataset.state = state;
    this.node.dataset.visit = visit ?? "";
    if (picture) this.picture.src = picture;
    else this.picture.removeAttribute("src");
    this.picture.hidden = !picture;
    const signature = JSON.stringify([state, Boolean(picture), word?.state, word?.check?.hint, word?.code]);
    if (signature === this.shown) return;
    this.shown = signature;
    fill(this.said, state === "live" && picture ? this.words(word) : state ? t(state === "live" ? "watch.coming" : `watch.${state}`) : "");
  }

  words(word) {
    if (!word) return t("watch.quiet");
    const [name, tone] = TONES[word.state] ?? ["ask", "warn"];
    const hint = word.check ? first([word.check.hint], "", word.check) : word.code ? first([`refusal.${word.code}.staff`], "") : "";
    return mark(name, [t(`watch.said.${word.state}`), hint].filter(Boolean).join(" · "), tone);
  }
}

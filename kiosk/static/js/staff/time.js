/* Times as staff read them: how long ago, the clock, the day. All by the server's clock. */

import { h } from "./dom.js";
import { language, t } from "./texts.js";

let offset = 0;
const locale = language === "en" ? "en-GB" : "zh-CN";
const clockForm = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", hour12: false });
const exactForm = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
const dayForm = new Intl.DateTimeFormat(locale, { year: "numeric", month: language === "en" ? "short" : "2-digit", day: "2-digit" });

/** Take the server's time as ours. */
export function setNow(iso) {
  const at = Date.parse(iso);
  if (!Number.isNaN(at)) offset = at - Date.now();
}

/** Seconds since `iso`, never negative. */
export const secondsSince = (iso) => Math.max(0, Math.floor((Date.now() + offset - Date.parse(iso)) / 1000));

/** `0:42`, `12:05`, `1 h 20`: a duration short enough for a row. */
export function duration(seconds) {
  if (seconds < 3600) return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  return t("staff.time.hours", { hours: Math.floor(seconds / 3600), minutes: Math.floor((seconds % 3600) / 60) });
}

export const clock = (iso) => (iso ? clockForm.format(new Date(iso)) : "–");
export const exactClock = (iso) => (iso ? exactForm.format(new Date(iso)) : "–");
export const day = (iso) => (iso ? dayForm.format(new Date(iso.length === 10 ? `${iso}T00:00` : iso)) : "–");
export const dayAndClock = (iso) => (iso ? `${day(iso)} ${clock(iso)}` : "–");

/** An element that says how long ago `iso` was, and goes on saying it. */
export const since = (iso, name = "") => h("span", { class: name, data: { since: iso } }, duration(secondsSince(iso)));

/** Keep every `[data-since]` below `root` ticking, once a second. */
export function tick(root) {
  const step = () => {
    for (const element of root.querySelectorAll("[data-since]")) {
      const words = duration(secondsSince(element.dataset.since));
      if (element.textContent !== words) element.textContent = words;
    }
  };
  step();
  setInterval(step, 1000);
}

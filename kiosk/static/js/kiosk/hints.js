// Says a measured check in plain words: what to do, the value, the range, and the picture that goes with it.

import { has, t } from "./i18n.js";

//: Picture of a hint by the last word of its key, else by the check's code. Directions are the student's own, and the
//: mirror shows them on the same side.
const PICTURES = {
  mask_off: "art:mask-off",
  look: "art:look-here",
  left: "left",
  right: "right",
  up: "up",
  higher: "up",
  down: "down",
  lower: "down",
  closer: "grow",
  back: "shrink",
  eyes_open: "eye",
  sunglasses: "eye",
  exposure: "sun",
  highlights: "sun",
  side_light: "sun",
  natural_colour: "sun",
  motion: "still",
  sharpness: "still",
  top_colour: "shirt",
  top_contrast: "shirt",
};

/** Name of an icon, or `art:<drawing>`, for the check's hint. */
export function picture(check) {
  return PICTURES[(check.hint ?? "").split(".").at(-1)] ?? PICTURES[check.code] ?? "person";
}

//: Units of shares: shown as per cent, which people read more easily than 0.29.
const SHARES = new Set(["", "1", "ratio", "share", "score"]);

const round = (value) => {
  const size = Math.abs(value);
  return String(Number(value.toFixed(size >= 20 ? 0 : size >= 1 ? 1 : 2)));
};

/** A value with its unit: `12°`, `250 px`, `31%`. */
export function measure(value, unit) {
  if (unit === "deg") return `${round(value)}°`;
  if (SHARES.has(unit) && Math.abs(value) <= 2) return `${Math.round(value * 100)}%`;
  if (SHARES.has(unit)) return round(value);
  return `${round(value)} ${has(`photo.unit.${unit}`) ? t(`photo.unit.${unit}`) : unit}`;
}

/** The sentence that says what to do. */
export function sentence(check) {
  const values = { value: check.value, low: check.low, high: check.high };
  return has(check.hint) ? t(check.hint, numbers(values)) : t("kiosk.capture.adjust");
}

const numbers = (values) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, typeof value === "number" ? round(value) : ""]));

/** Value and range as one short line; empty where nothing was measured. */
export function range(check) {
  if (typeof check.value !== "number" || typeof check.passed !== "boolean") return "";
  const now = measure(check.value, check.unit);
  const low = typeof check.low === "number" ? measure(check.low, check.unit) : null;
  const high = typeof check.high === "number" ? measure(check.high, check.unit) : null;
  if (low !== null && high !== null && low !== high) return t("kiosk.range.between", { now, low, high });
  if (low !== null && high !== null) return t("kiosk.range.exactly", { now, low });
  if (low !== null) return t("kiosk.range.least", { now, low });
  if (high !== null) return t("kiosk.range.most", { now, high });
  return "";
}

/** Name of a check in the list of the review. */
export function name(check) {
  return has(`photo.check.${check.code}`) ? t(`photo.check.${check.code}`) : check.code;
}

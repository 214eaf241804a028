// Says a measured check in plain words: what to do, the value, the range, and the picture that goes with it.

import { has, t } from "./i18n.js";

//: Picture of a hint by a word of its key, the first that fits. Directions are the student's own, and the mirror
//: shows them on the same side.
const PICTURES = [
  ["mask", "art:mask-off"],
  ["left", "left"],
  ["right", "right"],
  ["closer", "up"],
  ["nearer", "up"],
  ["further", "down"],
  ["farther", "down"],
  ["back", "down"],
  ["lower", "down"],
  ["down", "down"],
  ["higher", "up"],
  ["up", "up"],
  ["look", "art:look-here"],
  ["face", "person"],
];

/** Name of an icon, or `art:<drawing>`, for the check's hint. */
export function picture(check) {
  const words = `${check.hint ?? ""} ${check.code}`.toLowerCase();
  return PICTURES.find(([word]) => words.includes(word))?.[1] ?? "person";
}

//: Units that a person doesn't need to see.
const BARE = new Set(["1", "ratio", "share", "score", "count"]);

const round = (value) => {
  const size = Math.abs(value);
  return String(Number(value.toFixed(size >= 20 ? 0 : size >= 1 ? 1 : 2)));
};

/** A value with its unit: `12°`, `250 px`, `31 %`. */
export function measure(value, unit) {
  const key = `kiosk.unit.${unit}`;
  const shown = round(value);
  if (has(key)) return t(key, { value: shown });
  return unit && !BARE.has(unit) ? `${shown} ${unit}` : shown;
}

/** The sentence that says what to do. */
export function sentence(check) {
  const values = { value: check.value, low: check.low, high: check.high };
  for (const key of [check.hint, `photo.hint.${check.code}`]) {
    if (key && has(key)) return t(key, numbers(values));
  }
  return t("kiosk.capture.adjust");
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
  for (const key of [`photo.check.${check.code}`, `photo.${check.code}`]) if (has(key)) return t(key);
  return check.code;
}

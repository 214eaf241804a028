// Says a measured check in plain words: what to do, the value, the range, and the picture that goes with it.

import { has, t } from "./i18n.js";

//: What a hint shows: `sign` the picture beside the words (signs.js), `point` what is marked on the live picture
//: (mirror.js). Looked up by code and word of the hint, by word, by code. Sides are the student's own, and the mirror
//: shows them on the same side.
const SHOWN = {
  "roll.left": { sign: "tilt_left", point: "tilt_left" },
  "roll.right": { sign: "tilt_right", point: "tilt_right" },
  "yaw.left": { sign: "turn_left", point: "turn_left" },
  "yaw.right": { sign: "turn_right", point: "turn_right" },
  "pitch.up": { sign: "chin_up", point: "chin_up" },
  "pitch.down": { sign: "chin_down", point: "chin_down" },
  "exposure.weak": { sign: "brighter" },
  "exposure.strong": { sign: "dimmer" },
  ear_symmetry: { sign: "turn_left" },
  turn_left: { sign: "turn_left", point: "turn_left" },
  turn_right: { sign: "turn_right", point: "turn_right" },
  left: { sign: "left", point: "left" },
  right: { sign: "right", point: "right" },
  lower: { sign: "down", point: "down" },
  higher: { sign: "up", point: "up" },
  closer: { sign: "closer", point: "closer" },
  back: { sign: "back", point: "back" },
  look: { sign: "look" },
  second_face: { sign: "alone" },
  mask: { sign: "mask", point: "mouth" },
  sunglasses: { sign: "glasses", point: "eyes" },
  lens_tint: { sign: "glasses", point: "eyes" },
  glare: { sign: "glare", point: "eyes" },
  eyes_open: { sign: "eyes", point: "eyes" },
  eyes_closed: { sign: "eyes", point: "eyes" },
  red_eye: { sign: "red_eye", point: "eyes" },
  hair_brows: { sign: "hair", point: "eyes" },
  mouth_closed: { sign: "lips", point: "mouth" },
  mouth_open: { sign: "lips", point: "mouth" },
  lips_colour: { sign: "mask", point: "mouth" },
  smile: { sign: "lips", point: "mouth" },
  head_cover: { sign: "hat" },
  shoulders_level: { sign: "shoulders", point: "shoulders" },
  motion: { sign: "still" },
  sharpness: { sign: "still" },
  highlights: { sign: "shine", point: "face" },
  side_light: { sign: "side_light" },
  natural_colour: { sign: "lamp_colour" },
  wall_colour: { sign: "wall", point: "wall" },
  wall_even: { sign: "wall_shadow", point: "wall" },
  wall_plain: { sign: "wall", point: "wall" },
  wall_light: { sign: "wall_shadow", point: "wall" },
  wall_shift: { sign: "wall", point: "wall" },
  top_colour: { sign: "shirt", point: "shoulders" },
  top_contrast: { sign: "shirt", point: "shoulders" },
  top_white: { sign: "shirt", point: "shoulders" },
  compression: { sign: "staff" },
};
const OTHERWISE = { sign: "person" };

/** What is shown with the check's hint: {sign, point}; `point` null where nothing is marked on the live picture. */
export function shown(check) {
  const word = (check.hint ?? "").split(".").at(-1);
  return { point: null, ...(SHOWN[`${check.code}.${word}`] ?? SHOWN[word] ?? SHOWN[check.code] ?? OTHERWISE) };
}

//: Units of shares: shown as per cent, which people read more easily than 0.29.
const SHARES = new Set(["", "1", "ratio", "share"]);
//: Numbers without a unit that a person knows.
const PLAIN = new Set([...SHARES, "score"]);

const round = (value) => {
  const size = Math.abs(value);
  return String(Number(value.toFixed(size >= 20 ? 0 : size >= 1 ? 1 : 2)));
};

/** A value with its unit: `12°`, `250 px`, `31%`. */
export function measure(value, unit) {
  if (unit === "deg") return `${round(value)}°`;
  if (SHARES.has(unit) && Math.abs(value) <= 2) return `${Math.round(value * 100)}%`;
  if (PLAIN.has(unit)) return round(value);
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

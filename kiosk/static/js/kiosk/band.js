// A measured value against its band, as a small bar: the band is wide and plain, the value a mark on it.

import { s } from "./dom.js";

const WIDTH = 400;
const HEIGHT = 28;
const ASIDE = 0.35; // room beside the outermost number, as a share of what lies between

/** The bar of a check, or null where nothing was measured or nothing limits it. The words stand beside it. */
export function band(check) {
  const numbers = [check.low, check.high, check.value].filter((one) => typeof one === "number");
  if (typeof check.value !== "number" || numbers.length < 2) return null;
  const least = Math.min(...numbers);
  const most = Math.max(...numbers);
  const aside = (most - least || Math.abs(most) || 1) * ASIDE;
  const at = (value) => Math.round(((value - least + aside) / (most - least + 2 * aside)) * WIDTH);
  const from = typeof check.low === "number" ? at(check.low) : 0;
  const until = typeof check.high === "number" ? at(check.high) : WIDTH;
  const value = at(check.value);
  return s(
    "svg",
    { class: "band", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true", focusable: "false" },
    s("rect", { class: "band-track", y: 8, width: WIDTH, height: 12, rx: 6 }),
    s("rect", { class: "band-allowed", x: from, y: 8, width: Math.max(6, until - from), height: 12, rx: 6 }),
    s("rect", { class: `band-value band-${check.passed}`, x: value - 4, width: 8, height: HEIGHT, rx: 4 }),
  );
}

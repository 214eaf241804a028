/* What was measured on a photo, each value against its band as a small bar; what failed first. */

import { h, icon } from "./dom.js";
import { first, t } from "./texts.js";

/** Where value and band lie on a bar of 100: `{from, to, at}`; null where nothing was measured. */
export function onBar(check) {
  if (check.value === null || check.value === undefined) return null;
  const { low, high, value } = check;
  if (low === null && high === null) return null;
  let least;
  let most;
  if (low !== null && high !== null) {
    const room = Math.max((high - low) * 0.6, 1e-9);
    [least, most] = [low - room, high + room];
  } else if (high !== null) {
    [least, most] = [Math.min(0, high * 2), Math.max(Math.abs(high) * 2, 1e-9)];
  } else {
    [least, most] = [Math.min(0, low * 2), Math.max(Math.abs(low) * 2, 1e-9)];
  }
  const at = (number) => Math.min(100, Math.max(0, ((number - least) / (most - least)) * 100));
  return { from: low === null ? 0 : at(low), to: high === null ? 100 : at(high), at: Math.min(98.5, Math.max(1.5, at(value))) };
}

const amount = (value) =>
  (Math.abs(value) >= 100 || Number.isInteger(value) ? String(Math.round(value)) : value.toFixed(Math.abs(value) < 1 ? 2 : 1)).replace("-", "−");

function band(check) {
  const word = check.unit ? unitWord(check.unit) : "";
  const unit = word ? ` ${word}` : "";
  if (check.low !== null && check.low === -check.high) return `±${amount(check.high)}${unit}`;
  if (check.low !== null && check.high !== null) return `${amount(check.low)}–${amount(check.high)}${unit}`;
  if (check.high !== null) return `≤ ${amount(check.high)}${unit}`;
  if (check.low !== null) return `≥ ${amount(check.low)}${unit}`;
  return "";
}

/* Ratios and scores are bare numbers. */
const unitWord = (unit) => (["ratio", "score", "share", "faces"].includes(unit) ? "" : first([`photo.unit.${unit}`, `staff.unit.${unit}`], unit));

/** Name of a check in the language of the page. */
export const checkName = (check) => first([`photo.check.${check.code}`, `staff.check.${check.code}`], check.code);

function line(check) {
  const place = onBar(check);
  const [iconName, word, tone] =
    check.passed === true
      ? ["check", t("staff.check.passed"), "good"]
      : check.passed === false
        ? ["cross", t("staff.check.failed"), "bad"]
        : ["ask", t("staff.check.ask"), "warn"];
  const bar = h("span", { class: "check-bar", "aria-hidden": "true" });
  if (place) {
    const inside = h("span", { class: "check-band" });
    const dot = h("span", { class: `check-dot ${tone}` });
    inside.style.left = `${place.from}%`;
    inside.style.width = `${Math.max(2, place.to - place.from)}%`;
    dot.style.left = `${place.at}%`;
    bar.append(inside, dot);
  } else bar.classList.add("none");
  const measured = check.value === null || check.value === undefined ? "" : amount(check.value);
  return h(
    "li",
    { class: `check ${check.passed === true ? "" : tone}`, data: { check: check.code, passed: String(check.passed) } },
    h("span", { class: `check-mark ${tone}` }, icon(iconName), h("span", { class: "unseen" }, word)),
    h("span", { class: "check-name" }, checkName(check)),
    h("span", { class: "check-value" }, measured, band(check) ? h("span", { class: "soft" }, `${measured ? " / " : ""}${band(check)}`) : null),
    bar,
  );
}

/** All checks: what failed or is to be asked in full, the passed ones folded. */
export function checkList(checks, { fold = true } = {}) {
  const open = checks.filter((check) => check.passed !== true);
  const passed = checks.filter((check) => check.passed === true);
  const hint = (check) => first([check.hint, `photo.hint.${check.hint}`]);
  return h(
    "div",
    { class: "checks" },
    open.length
      ? h(
          "ul",
          { class: "check-list" },
          open.map((check) => {
            const item = line(check);
            const words = hint(check);
            if (words) item.append(h("span", { class: "check-hint soft" }, words));
            const staff = first([`photo.staff.${check.code}`]);
            if (staff) item.append(h("span", { class: "check-hint" }, staff));
            return item;
          }),
        )
      : null,
    passed.length === 0
      ? null
      : fold && open.length
        ? h("details", { class: "fold" }, h("summary", {}, icon("chevron"), t("staff.check.others", { count: passed.length })), h("ul", { class: "check-list" }, passed.map(line)))
        : h("ul", { class: "check-list" }, passed.map(line)),
  );
}

/*
 * What a row of the audit says beside who and what, in words: a label for every key, the value by the texts that
 * staff know from elsewhere, and how it was written one click away. Details never hold personal data.
 */

import { h } from "./dom.js";
import { first, t } from "./texts.js";
import { day, dayAndClock } from "./time.js";

/** So many of a list are shown. */
const SHOWN = 3;
const HASH = /^[0-9a-f]{32,64}$/;
const DAY = /^\d{4}-\d\d-\d\d$/;
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;

/** Where the words of a value stand, the nearest first. */
const AREAS = ["audit.value", "staff.state", "staff.flag", "staff.field", "identity.way", "package.missing", "staff.action", "staff.audit.action"];
const texts = (key, value) => [`audit.value.${key}.${value}`, `staff.${key}.${value}`, ...AREAS.map((area) => `${area}.${value}`), `refusal.${value}.staff`];

const label = (key) => first([`audit.detail.${key}`, `package.missing.${key}`], key.replaceAll("_", " "));

function word(key, value) {
  if (value === null || value === "") return t("audit.value.none");
  if (typeof value === "boolean") return t(`audit.value.${value ? "yes" : "no"}`);
  if (typeof value === "number") return key === "cents" ? `¥${(value / 100).toFixed(2)}` : String(value);
  if (Array.isArray(value)) return list(key, value);
  if (typeof value === "object") return lines(value).map(([name, said]) => `${name} ${said}`).join(", ") || t("audit.value.none");
  const written = String(value);
  if (MOMENT.test(written)) return dayAndClock(written);
  if (DAY.test(written)) return day(written);
  if (HASH.test(written)) return `${written.slice(0, 8)}…`;
  return first(texts(key, written), written);
}

function list(key, values) {
  if (!values.length) return t("audit.value.none");
  const shown = values.slice(0, SHOWN).map((value) => word(key, value));
  if (values.length > SHOWN) shown.push(t("audit.value.more", { count: values.length - SHOWN }));
  return shown.join(", ");
}

const lines = (data) => Object.entries(data).map(([key, value]) => [label(key), word(key, value)]);

/** The cell's content, nothing where a row has no detail. */
export function detail(data) {
  const said = lines(data ?? {});
  if (!said.length) return null;
  return [
    h("dl", { class: "audit-detail" }, said.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)))),
    h("details", { class: "audit-raw", data: { testid: "raw" } }, h("summary", {}, t("audit.raw")), h("code", {}, JSON.stringify(data))),
  ];
}

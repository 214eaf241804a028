/*
 * What a check, an import or a comparison of a roster found: figures, changes, findings cell by cell.
 * Hooks: [data-testid=report|report-row|changes|change|differences|difference|marked].
 */

import { empty, h, icon, mark } from "./dom.js";
import { first, t, titled } from "./texts.js";

const SHOWN = 200;
const COUNTED = ["rows", "added", "changed", "unchanged", "skipped", "late", "gone", "removed", "freed"];
const ALWAYS = new Set(["rows", "added", "changed", "unchanged"]);
const sentence = (words, prefix) => (words && typeof words === "object" ? titled(words) : first([`${prefix}.${words}`], words ?? ""));

function grid(name, testid, heads, rows, total) {
  return h(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": name, data: testid ? { testid } : {} },
    h("table", { class: "grid" }, h("caption", { class: "unseen" }, name), h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col" }, head)))), h("tbody", {}, rows)),
    total > rows.length ? h("p", { class: "hint" }, t("staff.roster.more", { count: total - rows.length })) : null,
  );
}

export function figures(result, names = COUNTED) {
  const shown = names.filter((name) => typeof result[name] === "number" && (ALWAYS.has(name) || names !== COUNTED || result[name] > 0));
  return h("dl", { class: "figures" }, shown.map((name) => h("div", {}, h("dt", {}, t(`staff.roster.${name}`)), h("dd", {}, String(result[name])))));
}

/** The findings, errors first. */
export function findings(result) {
  const all = [...(result.errors ?? []), ...(result.warnings ?? []).map((one) => ({ ...one, severity: "warning" }))];
  if (!all.length) return null;
  const total = (result.errors_total ?? 0) + (result.warnings_total ?? 0);
  const rows = all.slice(0, SHOWN).map((one) => {
    const said = sentence(one.problem, "roster.problem");
    return h(
      "tr",
      { data: { testid: "report-row", row: one.row } },
      h("td", { class: "number nowrap" }, one.cell || String(one.row)),
      h("td", { class: "nowrap" }, one.column ?? ""),
      h("td", { class: "mono" }, one.value || "–"),
      h("td", {}, one.severity === "warning" ? mark("alert", said, "warn") : said),
      h("td", {}, sentence(one.remedy ?? one.problem, "roster.remedy")),
    );
  });
  return grid(t("staff.roster.report"), "", ["cell", "column", "value", "problem", "remedy"].map((name) => t(`staff.roster.col.${name}`)), rows, total);
}

/** What would change of the students on record; who is only added is a number, not a list. */
export function changes(result) {
  const told = (result.changes ?? []).filter((one) => one.kind !== "added");
  if (!told.length) return null;
  const rows = told.map((one) =>
    h(
      "tr",
      { data: { testid: "change", kind: one.kind } },
      h("td", { class: "nowrap" }, t(`staff.roster.change.${one.kind}`)),
      h("td", { class: "number" }, one.row ? String(one.row) : "–"),
      h("td", { class: "nowrap" }, one.name),
      h("td", { class: "mono" }, one.number),
      h("td", {}, one.fields.join("、") || "–"),
    ),
  );
  const name = t("staff.roster.changes");
  return h("div", { class: "roster-part" }, h("h3", {}, name), grid(name, "changes", ["change", "row", "name", "number", "fields"].map((one) => t(`staff.roster.col.${one}`)), rows, (result.changed ?? 0) + (result.gone ?? 0)));
}

/** Columns that are missing or were not understood. */
export function columns(result) {
  return ["absent_columns", "ignored_columns"].filter((name) => result[name]?.length).map((name) => h("p", { class: "hint" }, t(`staff.roster.${name}`, { columns: result[name].join("、") })));
}

export const markedLink = (job, result) =>
  result.file ? h("a", { class: "button plain", href: `/staff/api/roster/files/${job}.xlsx`, download: "", data: { testid: "marked" } }, icon("download"), h("span", {}, t("staff.roster.marked"))) : null;

/** The comparison with the academic system. */
export function comparison(result) {
  const rows = result.differences.slice(0, SHOWN).map((one) =>
    h(
      "tr",
      { data: { testid: "difference", kind: one.kind } },
      h("td", { class: "nowrap" }, t(`staff.roster.difference.${one.kind}`)),
      h("td", { class: "number nowrap" }, one.cell || (one.row ? String(one.row) : "–")),
      h("td", { class: "nowrap" }, one.name),
      h("td", { class: "mono" }, one.number),
      h("td", { class: "nowrap" }, one.column ?? "–"),
      h("td", {}, one.ours ?? "–"),
      h("td", {}, one.theirs ?? "–"),
    ),
  );
  const name = t("staff.roster.differences");
  const total = Object.values(result.fields).reduce((sum, count) => sum + count, 0) + result.only_ours + result.only_theirs;
  return h(
    "section",
    { class: "panel report", data: { testid: "report", state: "compared" } },
    h("h2", {}, rows.length ? mark("alert", t("staff.roster.compared_differs"), "warn") : mark("check", t("staff.roster.compared_same"), "good")),
    figures({ ...result, agree: result.same }, ["theirs", "ours", "agree", "differing", "only_theirs", "only_ours", "unreadable"]),
    h("p", { class: "hint" }, t("staff.roster.compared_columns", { columns: result.compared.join("、") })),
    rows.length ? grid(name, "differences", ["change", "cell", "name", "number", "column", "ours", "theirs"].map((one) => t(`staff.roster.col.${one}`)), rows, total) : empty("check", t("staff.roster.compared_same")),
  );
}

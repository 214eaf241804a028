/*
 * Fees of a campaign: totals, branches as chart and table, heads that do not fit, lists in, statements out. Students and
 * classes stand in money-people.js.
 * Hooks: [data-testid=which|totals|branches|differences|why|statement-xlsx|statement-pdf|report].
 */

import { Refused, Unreachable, followJob, write } from "./api.js";
import { chart, tones } from "./chart.js";
import { button, empty, fill, h, mark } from "./dom.js";
import { fileForm } from "./file-form.js";
import { people, personRow } from "./money-people.js";
import { sayError, toast } from "./notices.js";
import { boot, show } from "./shell.js";
import { t, titled } from "./texts.js";

const PATH = "/staff/api/money";
const AMOUNTS = ["owed", "gross", "refunded", "received", "difference"];
const COLUMNS = ["branch", "registered", "verified", "waived", "payers", ...AMOUNTS];
let content;
let chosen = "";
let why = "";
let report = null;

export const yuan = (cents) => `${cents < 0 ? "−" : ""}${(Math.abs(cents) / 100).toFixed(2)}`;
const reload = () => show(content, chosen ? `${PATH}?campaign=${encodeURIComponent(chosen)}` : PATH, draw);

function part(testid, title, lead, ...nodes) {
  return h("section", { class: "panel result-part", data: { testid } }, h("h2", {}, title), lead ? h("p", { class: "soft" }, lead) : null, nodes);
}

function totals(data) {
  const { total } = data;
  const tile = (name, words, tone = "") => h("div", { class: `money-tile ${tone}`.trim(), data: { total: name } }, h("dt", {}, t(`money.column.${name}`)), h("dd", {}, words));
  return h(
    "dl",
    { class: "money-totals", data: { testid: "totals" } },
    tile("verified", t("money.heads", { count: total.verified, of: total.registered })),
    tile("owed", t("money.yuan", { amount: yuan(total.owed) })),
    tile("received", t("money.yuan", { amount: yuan(total.received) })),
    tile("waived", t("money.heads_only", { count: total.waived })),
    tile("difference", total.difference === 0 ? mark("check", t("money.yuan", { amount: "0.00" }), "good") : mark("alert", t("money.yuan", { amount: yuan(total.difference) }), "warn")),
  );
}

function grid(name, heads, rows, foot = null, numbers = false) {
  return h(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": name },
    h("table", { class: "grid" }, h("caption", { class: "unseen" }, name), h("thead", {}, h("tr", {}, heads.map((head, index) => h("th", { scope: "col", class: numbers && index > 0 ? "number" : null }, head)))), h("tbody", {}, rows), foot ? h("tfoot", {}, foot) : null),
  );
}

function branches(data) {
  const name = t("money.branches");
  const word = (line) => line.branch || t("money.no_branch");
  const cells = (line, first) => h("tr", {}, COLUMNS.map((column) => h(column === "branch" ? "th" : "td", column === "branch" ? { scope: "row" } : { class: "number" }, column === "branch" ? first : AMOUNTS.includes(column) ? yuan(line[column]) : String(line[column]))));
  const place = h("div", { class: "money-chart" });
  const shown = [...data.branches].reverse();
  place.style.height = `${Math.min(900, 96 + shown.length * 44)}px`;
  const tone = tones();
  const bar = (key, colour) => ({ name: t(`money.column.${key}`), type: "bar", barMaxWidth: 16, itemStyle: { color: colour }, data: shown.map((line) => line[key] / 100) });
  chart(
    place,
    {
      legend: { top: 0, textStyle: { color: tone.ink } },
      xAxis: { type: "value", splitLine: { lineStyle: { color: tone.line } } },
      yAxis: { type: "category", data: shown.map(word), axisLabel: { color: tone.ink, width: 120, overflow: "break" } },
      series: [bar("owed", tone.quiet), bar("received", tone.accent)],
    },
    t("money.chart"),
  );
  return part("branches", name, t("money.branches_lead", { fee: yuan(data.fee) }), place, grid(name, COLUMNS.map((column) => t(`money.column.${column}`)), data.branches.map((line) => cells(line, word(line))), cells(data.total, t("money.total")), true));
}

function differences(data) {
  const kinds = Object.entries(data.total.named).filter(([, count]) => count > 0);
  if (!kinds.length) return part("differences", t("money.differences"), "", data.total.registered ? mark("check", t("money.none"), "good") : null);
  if (!data.total.named[why]) why = "";
  const select = h("select", { id: "why", data: { testid: "why" } }, h("option", { value: "" }, t("money.all", { count: data.named })), kinds.map(([kind, count]) => h("option", { value: kind }, `${t(`money.difference.${kind}`)} (${count})`)));
  select.value = why;
  const list = h("div", {});
  const drawList = () => {
    const rows = data.differences.filter((row) => !why || row.why.includes(why));
    fill(
      list,
      why ? h("p", { class: "hint" }, t(`money.remedy.${why}`)) : null,
      h("ul", { class: "plain-list money-people" }, rows.map((row) => personRow(row, { campaign: chosen, may: data.may, fee: data.fee, done: reload }))),
      data.named > data.differences.length ? h("p", { class: "soft" }, t("money.more", { shown: data.differences.length, total: data.named })) : null,
    );
  };
  select.addEventListener("change", () => {
    why = select.value;
    drawList();
  });
  drawList();
  return part("differences", t("money.differences"), t("money.differences_lead"), h("label", { class: "field money-why", for: "why" }, h("span", {}, t("money.column.why")), select), list);
}

function drawReport(row) {
  const result = row.result ?? {};
  report = null;
  if (row.state !== "done") return;
  if (result.imported) {
    toast(t("money.imported", { added: result.added, known: result.known, amount: yuan(result.cents) }));
    return;
  }
  const rows = (result.problems ?? []).map((one) => h("tr", {}, h("td", {}, String(one.row)), h("td", {}, t(`money.problem.${one.code}`))));
  report = h("section", { class: "panel result-part", data: { testid: "report" } }, mark("alert", t("money.kept_out", { count: (result.problems ?? []).length }), "bad"), grid(t("money.problems"), [t("money.row"), t("money.problem")], rows));
}

async function statement(form, pressed) {
  pressed.disabled = true;
  pressed.setAttribute("aria-busy", "true");
  try {
    const { job } = await write(`${PATH}/statement`, { campaign: chosen, form });
    const row = await followJob(job, () => {});
    if (row.state === "done") location.assign(`${PATH}/files/${encodeURIComponent(job)}`);
    else toast(row.refusal?.staff ?? t("staff.job.failed"), { tone: "bad", next: row.refusal?.next ?? "" });
  } catch (error) {
    if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
    sayError(error);
  } finally {
    pressed.disabled = false;
    pressed.removeAttribute("aria-busy");
  }
}

function head(data) {
  const select = h("select", { id: "which", data: { testid: "which" } }, data.campaigns.map((row) => h("option", { value: row.code }, titled(row.title))));
  select.value = chosen;
  select.addEventListener("change", () => {
    chosen = select.value;
    report = null;
    reload();
  });
  const make = (form) => {
    const pressed = button(t(`money.statement.${form}`), { icon: "download", data: { testid: `statement-${form}` }, press: () => statement(form, pressed) });
    return pressed;
  };
  return h("div", { class: "result-head" }, h("label", { class: "field", for: "which" }, h("span", {}, t("staff.roster.campaign")), select), h("div", { class: "money-files" }, make("xlsx"), make("pdf")));
}

function draw(data) {
  if (!data.campaigns.length) {
    fill(content, empty("calendar", t("staff.campaigns.none"), t("staff.campaigns.none_next")));
    return;
  }
  chosen = data.chosen;
  fill(content, report, head(data), totals(data), data.total.registered ? null : empty("person", t("money.nobody"), t("money.nobody_next")));
  fill(document.getElementById("details"), data.total.registered ? branches(data) : null, differences(data));
  people(document.getElementById("people"), { campaign: chosen, classes: data.classes, may: data.may, fee: data.fee, done: reload });
}

boot(async () => {
  content = document.getElementById("content");
  let drawn = false;
  await show(content, PATH, (data) => {
    draw(data);
    if (drawn || !data.campaigns.length || !data.may) return;
    drawn = true;
    const form = document.getElementById("form");
    form.hidden = false;
    fileForm(form, {
      campaigns: data.campaigns,
      path: `${PATH}/import`,
      accept: ".xlsx,.xls,.csv",
      word: t("money.send"),
      lead: t("money.drop"),
      rule: t("money.rule"),
      done: async (row, campaign) => {
        drawReport(row);
        chosen = campaign;
        await reload();
      },
    });
  });
});

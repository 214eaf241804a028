/*
 * The registry's answers: a file goes in, reasons as chart and table beside what our judge had said, who needs a new photo,
 * whose photo runs out.
 * Hooks: [data-testid=which|counts|reasons|reshoot|expiring|imports|report].
 */

import { chart, tones } from "./chart.js";
import { empty, fill, h, mark } from "./dom.js";
import { fileForm } from "./file-form.js";
import { toast } from "./notices.js";
import { boot, show } from "./shell.js";
import { first, language, t, titled } from "./texts.js";
import { day, dayAndClock } from "./time.js";

const PATH = "/staff/api/results";
const JUDGED = ["pass", "ask", "staff", "fail", "unseen"];
let content;
let report = null;
let chosen = "";

const reload = () => show(content, chosen ? `${PATH}?campaign=${encodeURIComponent(chosen)}` : PATH, draw);
const reasonWord = (reason) => first([`results.reason.${reason}.title`], reason);

function table(name, heads, rows) {
  return h(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": name },
    h("table", { class: "grid" }, h("caption", { class: "unseen" }, name), h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col" }, head)))), h("tbody", {}, rows.map((cells) => h("tr", {}, cells.map((cell) => h("td", {}, cell)))))),
  );
}

function part(testid, title, lead, node) {
  return h("section", { class: "panel result-part", data: { testid } }, h("h2", {}, title), lead ? h("p", { class: "soft" }, lead) : null, node);
}

function drawReport(row) {
  const result = row.result ?? {};
  if (row.state !== "done") return;
  if (result.imported) {
    report = null;
    toast(t("results.cli.done", result));
    return;
  }
  report = h(
    "section",
    { class: "panel result-part", data: { testid: "report" } },
    mark("alert", t("results.cli.kept_out", result), "bad"),
    table(t("staff.results.problems"), [t("staff.results.row"), t("staff.results.problem")], (result.problems ?? []).map((one) => [String(one.row), t(`results.problem.${one.code}`)])),
  );
}

function reasons(data) {
  if (!data.reasons.length) return null;
  const name = t("staff.results.reasons");
  const place = h("div", { class: "result-chart" });
  const judgedHere = JUDGED.filter((said) => data.reasons.some((row) => row.judged[said]));
  const tone = tones();
  const colours = { pass: tone.bad, ask: tone.warn, staff: tone.accent, fail: tone.good, unseen: tone.quiet };
  const shown = [...data.reasons].reverse();
  chart(
    place,
    {
      legend: { top: 0, textStyle: { color: tone.ink } },
      xAxis: { type: "value", minInterval: 1, splitLine: { lineStyle: { color: tone.line } } },
      yAxis: { type: "category", data: shown.map((row) => reasonWord(row.reason)), axisLabel: { color: tone.ink, width: language === "en" ? 170 : 140, overflow: "break" } },
      series: judgedHere.map((said) => ({ name: t(`staff.results.judged.${said}`), type: "bar", stack: "all", barMaxWidth: 28, itemStyle: { color: colours[said] }, data: shown.map((row) => row.judged[said] ?? 0) })),
    },
    name,
  );
  return part(
    "reasons",
    name,
    t("staff.results.reasons_lead"),
    h("div", { class: "result-reasons" }, place, table(name, [t("staff.results.reason"), t("staff.results.count"), ...judgedHere.map((said) => t(`staff.results.judged.${said}`))], data.reasons.map((row) => [reasonWord(row.reason), String(row.count), ...judgedHere.map((said) => String(row.judged[said] ?? 0))]))),
  );
}

const who = (student) => [student.name, student.student_number, student.class_name ?? "", student.teaching_point ?? ""];
const whoHeads = () => ["name", "student_number", "class_name", "teaching_point"].map((name) => t(`staff.field.${name}`));
const more = (list, total) => (total > list.length ? t("staff.results.more", { shown: list.length, total }) : "");

function draw(data) {
  if (!data.campaigns.length) {
    fill(content, empty("calendar", t("staff.campaigns.none"), t("staff.campaigns.none_next")));
    return;
  }
  chosen = data.chosen;
  const select = h("select", { id: "which", data: { testid: "which" } }, data.campaigns.map((row) => h("option", { value: row.code }, titled(row.title))));
  select.value = chosen;
  select.addEventListener("change", () => {
    chosen = select.value;
    report = null;
    reload();
  });
  const answered = data.counts.linked + data.counts.rejected > 0;
  fill(
    content,
    report,
    h("div", { class: "result-head" }, h("label", { class: "field", for: "which" }, h("span", {}, t("staff.roster.campaign")), select), h("p", { class: "result-counts", data: { testid: "counts" } }, mark("check", t("staff.results.linked", data.counts), "good"), mark("cross", t("staff.results.rejected", data.counts), data.counts.rejected ? "bad" : ""))),
    answered ? null : empty("box", t("staff.results.none"), t("staff.results.none_next")),
    reasons(data),
    data.reshoot.length
      ? part("reshoot", t("staff.results.reshoot", { count: data.totals.reshoot }), more(data.reshoot, data.totals.reshoot), table(t("staff.results.reshoot", { count: data.totals.reshoot }), [...whoHeads(), t("staff.results.reason"), t("staff.results.words"), t("staff.results.next")], data.reshoot.map((row) => [...who(row.student), reasonWord(row.reason), row.words, first([`results.reason.${row.reason}.next`])])))
      : null,
    data.expiring.length
      ? part("expiring", t("staff.results.expiring", { count: data.totals.expiring, days: data.soon_days }), more(data.expiring, data.totals.expiring), table(t("staff.results.expiring", { count: data.totals.expiring, days: data.soon_days }), [...whoHeads(), t("staff.results.until")], data.expiring.map((row) => [...who(row.student), row.over ? mark("alert", t("staff.results.over", { day: day(row.until) }), "bad") : mark("clock", day(row.until), "warn")])))
      : null,
    data.imports.length
      ? part("imports", t("staff.results.imports"), "", table(t("staff.results.imports"), [t("staff.audit.at"), t("staff.results.file"), t("staff.results.linked_short"), t("staff.results.rejected_short"), t("staff.audit.actor")], data.imports.map((row) => [dayAndClock(row.at), row.file_name, String(row.linked ?? 0), String(row.rejected ?? 0), row.by.replace(/^staff:/, "")])))
      : null,
  );
}

boot(async () => {
  content = document.getElementById("content");
  const form = document.getElementById("form");
  let drawn = false;
  const drawOnce = (data) => {
    if (!drawn && document.body.dataset.role !== "headquarters" && data.campaigns.length) {
      drawn = true;
      fileForm(form, {
        campaigns: data.campaigns,
        path: PATH,
        accept: ".xlsx,.xls,.csv",
        word: t("staff.results.send"),
        lead: t("staff.results.drop"),
        rule: t("staff.results.rule"),
        done: async (row, campaign) => {
          drawReport(row);
          chosen = campaign;
          await reload();
        },
      });
    }
    draw(data);
  };
  await show(content, PATH, drawOnce);
});

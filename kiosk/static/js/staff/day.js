/* The administrator's page: the day at a glance, each chart with its table. */

import { auditWords } from "./detail.js";
import { chart, tones } from "./chart.js";
import { h } from "./dom.js";
import { evening } from "./evening.js";
import { Parts, rolePage, table } from "./roles.js";
import { first, t } from "./texts.js";
import { clock } from "./time.js";

let parts;

const refusalWord = (code) => first([`staff.day.refused.${code}`, `refusal.${code}.title`, `refusal.${code}.staff`], code);
const checkWord = (code) => (code === "own_wish" ? t("staff.day.own_wish") : first([`photo.check.${code}`, `staff.check.${code}`], code));

function bars(name, labels, values, series) {
  const place = h("div", { class: "role-chart" });
  const tone = tones();
  chart(
    place,
    {
      grid: { left: 8, right: 48, top: 8, bottom: 8, containLabel: true },
      xAxis: { type: "value", minInterval: 1, splitLine: { lineStyle: { color: tone.line } } },
      yAxis: { type: "category", inverse: true, data: labels, axisLabel: { color: tone.ink, width: 170, overflow: "break" } },
      series: [{ name: series, type: "bar", barMaxWidth: 28, data: values, label: { show: true, position: "right", color: tone.ink } }],
    },
    name,
  );
  return place;
}

function hours(facts) {
  const place = h("div", { class: "role-chart" });
  const tone = tones();
  chart(
    place,
    {
      legend: { top: 0, textStyle: { color: tone.ink } },
      xAxis: { type: "category", data: facts.map((row) => `${row.hour}:00`), axisLabel: { color: tone.ink } },
      yAxis: [{ type: "value", minInterval: 1, splitLine: { lineStyle: { color: tone.line } } }, { type: "value", splitLine: { show: false } }],
      series: [
        { name: t("staff.day.came"), type: "bar", barMaxWidth: 28, data: facts.map((row) => row.came), itemStyle: { color: tone.quiet } },
        { name: t("staff.day.photographed"), type: "bar", barMaxWidth: 28, data: facts.map((row) => row.photographed) },
        { name: t("staff.day.wait"), type: "line", yAxisIndex: 1, connectNulls: true, data: facts.map((row) => row.wait_minutes), itemStyle: { color: tone.warn } },
      ],
    },
    t("staff.day.hours"),
  );
  return place;
}

const both = (picture, rows) => h("div", { class: "role-both" }, picture, rows);
const nothing = () => h("p", { class: "soft" }, t("staff.day.nothing"));

function counted(part, heading, counts, word, head) {
  const rows = Object.entries(counts);
  parts.show(part, counts, () => [
    h("h2", {}, heading),
    rows.length ? both(bars(heading, rows.map(([code]) => word(code)), rows.map(([, count]) => count), head), table(heading, [t("staff.day.reason"), head], rows.map(([code, count]) => [word(code), String(count)]))) : nothing(),
  ]);
}

rolePage("/staff/api/day", ({ facts }, context) => {
  parts ??= new Parts(document.getElementById("content"));
  parts.show("funnel", facts.funnel, () => {
    const steps = Object.entries(facts.funnel).filter(([step, count]) => step !== "due" || count > 0);
    const name = t("staff.day.funnel");
    return [h("h2", {}, name), both(bars(name, steps.map(([step]) => t(`staff.day.step.${step}`)), steps.map(([, count]) => count), t("staff.day.count")), table(name, [t("staff.day.step"), t("staff.day.count")], steps.map(([step, count]) => [t(`staff.day.step.${step}`), String(count)])))];
  });
  parts.show("hours", facts.hours, () => [
    h("h2", {}, t("staff.day.hours")),
    facts.hours.length
      ? both(hours(facts.hours), table(t("staff.day.hours"), [t("staff.day.hour"), t("staff.day.came"), t("staff.day.photographed"), t("staff.day.wait")], facts.hours.map((row) => [`${row.hour}:00`, String(row.came), String(row.photographed), row.wait_minutes === null ? "–" : String(row.wait_minutes)])))
      : nothing(),
  ]);
  counted("retakes", t("staff.day.retakes"), facts.retakes, checkWord, t("staff.day.times"));
  counted("refusals", t("staff.day.refusals"), facts.refusals, refusalWord, t("staff.day.times"));
  parts.show("states", facts.states, () => [h("h2", {}, t("staff.day.states")), table(t("staff.day.states"), [t("staff.day.step"), t("staff.day.count")], Object.entries(facts.states).map(([state, count]) => [t(`staff.state.${state}`), String(count)]))]);
  parts.show("decisions", facts.overridden, () => [
    h("h2", {}, t("staff.day.decisions")),
    facts.overridden.length ? table(t("staff.day.decisions"), [t("staff.day.when"), t("staff.day.what"), t("staff.day.why")], facts.overridden.map((row) => [clock(row.at), auditWords(row), row.reason ?? ""])) : nothing(),
  ]);
  evening(parts, facts.evening, context);
});

/*
 * How far every branch is: deadlines, sums, charts, a table to go down from branch to class, and who is missing and why.
 * Where one is stands behind the address' #, so that back, reload and a bookmark work; names never reach the server's log.
 * Hooks: [data-testid=which|deadlines|crumbs|sums|lines|people|export], [data-line=NAME], [data-step=STEP], [data-reason=CODE].
 */

import { Refused, Unreachable, write } from "./api.js";
import { chart, tones } from "./chart.js";
import { button, empty, fill, h, icon, mark, skeleton } from "./dom.js";
import { sayError, toast } from "./notices.js";
import { resultOf } from "./plan.js";
import { boot } from "./shell.js";
import { first, language, t, titled } from "./texts.js";
import { clock, day } from "./time.js";

const PATH = "/staff/api/progress";
const STEPS = ["registered", "photographed", "checked", "paid", "reported", "linked", "rejected", "missing"];
const PLACES = ["branch", "station", "point", "class"];
/** Rows that a chart can show so that they can still be read. */
const CHARTED = 12;
let content;
let turn = 0;
let sorted = { by: "missing", down: true };

const here = () => Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
const address = (changes) => {
  const wanted = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...here(), ...changes })) if (value !== null && value !== undefined) wanted.set(name, value);
  return `#${wanted}`;
};
const number = (value) => value.toLocaleString(language === "en" ? "en-GB" : "zh-CN");
const share = (part, whole) => (whole ? `${Math.floor((part / whole) * 1000) / 10} %` : "–");
const reasonWord = (reason) => first([`package.missing.${reason}`], reason);
const nameOf = (line) => line.name || t("progress.nameless");

function place() {
  const now = here();
  return Object.fromEntries(PLACES.filter((name) => name in now).map((name) => [name, now[name]]));
}

function deadline(row) {
  const [iconName, tone] = { over: ["alert", "bad"], near: ["clock", "warn"], far: ["calendar", ""] }[row.tone];
  const words = row.days === 0 ? t("progress.today") : t(row.days < 0 ? "progress.days_over" : "progress.days_left", { days: Math.abs(row.days) });
  return h("li", { class: `deadline ${tone}`, data: { deadline: row.name, tone: row.tone } }, h("span", { class: "soft" }, t(`progress.deadline.${row.name}`)), h("strong", {}, day(row.day)), mark(iconName, words, tone));
}

function crumbs(data) {
  const steps = [];
  if (!data.scope) steps.push({ word: t("progress.everything"), to: Object.fromEntries([...PLACES, "people", "reason"].map((name) => [name, null])) });
  data.path.forEach((row) => {
    const below = PLACES.slice(PLACES.indexOf(row.kind) + 1);
    steps.push({ word: row.name || t("progress.nameless"), to: Object.fromEntries([...below, "people", "reason"].map((name) => [name, null])) });
  });
  return h(
    "nav",
    { class: "crumbs", "aria-label": t("progress.path"), data: { testid: "crumbs" } },
    h("ol", {}, steps.map((step, index) => h("li", {}, index === steps.length - 1 ? h("span", { "aria-current": "page" }, step.word) : h("a", { href: address(step.to) }, step.word)))),
  );
}

function sums(total) {
  return h(
    "dl",
    { class: "sums", data: { testid: "sums" } },
    STEPS.map((step) => {
      const value = h("strong", {}, number(total[step]));
      const listed = { missing: "missing", rejected: "missing", photographed: "photographed" }[step];
      const to = listed && total[step] ? address({ people: listed, reason: step === "rejected" ? "not_linked" : null }) : null;
      return h(
        "div",
        { class: `sum ${step === "missing" || step === "rejected" ? "short" : ""}`, data: { step } },
        h("dt", {}, t(`progress.step.${step}`)),
        h("dd", {}, to ? h("a", { href: to, "aria-label": t("progress.show_people", { step: t(`progress.step.${step}`), count: number(total[step]) }) }, value, icon("chevron")) : value, step === "registered" ? null : h("span", { class: "soft" }, share(total[step], total.registered))),
      );
    }),
  );
}

function wayChart(lines, name) {
  const holder = h("div", { class: "progress-chart" });
  const shown = [...lines].sort((a, b) => b.missing - a.missing).slice(0, CHARTED).reverse();
  const tone = tones();
  const parts = [
    ["linked", tone.good, (line) => line.linked],
    ["reported", tone.accent, (line) => Math.max(0, line.reported - line.linked)],
    ["photographed", tone.warn, (line) => line.photographed - line.reported],
    ["missing", tone.bad, (line) => line.missing],
  ];
  chart(
    holder,
    {
      legend: { top: 0, textStyle: { color: tone.ink } },
      grid: { left: 8, right: 24, top: 40, bottom: 8, containLabel: true },
      xAxis: { type: "value", minInterval: 1, splitLine: { lineStyle: { color: tone.line } }, axisLabel: { color: tone.soft } },
      yAxis: { type: "category", data: shown.map(nameOf), axisLabel: { color: tone.ink, width: 130, overflow: "truncate" } },
      series: parts.map(([step, colour, of]) => ({ name: t(`progress.part.${step}`), type: "bar", stack: "all", barMaxWidth: 22, itemStyle: { color: colour }, data: shown.map(of) })),
    },
    name,
  );
  return holder;
}

function reasonChart(reasons, name) {
  const holder = h("div", { class: "progress-chart" });
  const tone = tones();
  const shown = Object.entries(reasons).sort((a, b) => a[1] - b[1]);
  chart(
    holder,
    {
      grid: { left: 8, right: 48, top: 8, bottom: 8, containLabel: true },
      xAxis: { type: "value", minInterval: 1, splitLine: { lineStyle: { color: tone.line } }, axisLabel: { color: tone.soft } },
      yAxis: { type: "category", data: shown.map(([reason]) => reasonWord(reason)), axisLabel: { color: tone.ink, width: 130, overflow: "break" } },
      series: [{ name, type: "bar", barMaxWidth: 22, itemStyle: { color: tone.bad }, label: { show: true, position: "right", color: tone.ink }, data: shown.map(([, count]) => count) }],
    },
    name,
  );
  return holder;
}

function charts(data) {
  if (!data.total.registered) return null;
  const way = t(data.lines.length > CHARTED ? "progress.chart_most" : "progress.chart", { count: CHARTED });
  const why = t("progress.why");
  return h(
    "div",
    { class: "progress-charts" },
    h("section", { class: "panel" }, h("h2", {}, way), wayChart(data.lines, way)),
    data.total.missing
      ? h(
          "section",
          { class: "panel" },
          h("h2", {}, why),
          reasonChart(data.total.reasons, why),
          h("ul", { class: "reason-links" }, Object.entries(data.total.reasons).map(([reason, count]) => h("li", {}, h("a", { href: address({ people: "missing", reason }), data: { reason } }, `${reasonWord(reason)} ${number(count)}`)))),
        )
      : null,
  );
}

function down(line) {
  if (line.kind === "station") return { station: line.code };
  return { [line.kind]: line.name };
}

function table(data, redraw) {
  const kinds = new Set(data.lines.map((line) => line.kind));
  const head = t(`progress.${data.level}`);
  const order = [...data.lines].sort((a, b) => (sorted.by === "name" ? nameOf(a).localeCompare(nameOf(b), language === "en" ? "en" : "zh-CN", { numeric: true }) : a[sorted.by] - b[sorted.by]) * (sorted.down ? -1 : 1));
  const headCell = (key, word) => {
    const now = sorted.by === key;
    return h(
      "th",
      { scope: "col", class: key === "name" ? null : "number", "aria-sort": now ? (sorted.down ? "descending" : "ascending") : null },
      button(`${word}${now ? (sorted.down ? " ↓" : " ↑") : ""}`, {
        kind: "quiet",
        data: { sort: key },
        press: () => {
          sorted = { by: key, down: now ? !sorted.down : key !== "name" };
          redraw();
          content.querySelector(`[data-sort="${key}"]`)?.focus();
        },
      }),
    );
  };
  const cell = (line, step) => {
    const value = number(line[step]);
    const to = step === "missing" && line[step] ? address({ ...down(line), people: "missing", reason: null }) : null;
    const late = step === "missing" && line[step] > 0;
    return h("td", { class: late ? "number late" : "number" }, to ? h("a", { href: to, "aria-label": t("progress.show_missing", { name: nameOf(line), count: value }), data: { testid: "missing" } }, value) : value);
  };
  return h(
    "section",
    { class: "progress-lines" },
    h("h2", {}, kinds.has("station") ? t("progress.below_station") : t(`progress.below_${data.level}`)),
    h(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-label": head },
      h(
        "table",
        { class: "grid progress-table", data: { testid: "lines" } },
        h("caption", { class: "unseen" }, head),
        h("thead", {}, h("tr", {}, headCell("name", head), STEPS.map((step) => headCell(step, t(`progress.step.${step}`))))),
        h("tbody", {}, order.map((line) => h("tr", { data: { line: line.name, kind: line.kind } }, h("th", { scope: "row" }, h("a", { href: address({ ...down(line), people: line.kind === "class" ? "missing" : null, reason: null }), data: { testid: "down" } }, line.kind === "station" ? icon("box") : null, h("span", {}, nameOf(line)))), STEPS.map((step) => cell(line, step))))),
      ),
    ),
  );
}

function people(data) {
  const { which, reason, total, rows } = data.people;
  const tab = (name) => h("a", { class: "button plain", href: address({ people: name, reason: null }), "aria-current": name === which ? "true" : null, data: { people: name } }, t(`progress.people.${name}`));
  const yes = (value, word) => (value ? mark("check", word, "good") : h("span", { class: "soft" }, "–"));
  const place = (row) => [row.branch, row.teaching_point, row.class_name].slice(data.path.filter((step) => step.kind !== "station").length).filter(Boolean).join(" · ");
  const heads = [t("progress.name"), t("progress.student_number"), t("progress.place"), which === "missing" ? t("progress.reason") : null, t("progress.step.checked"), t("progress.step.paid"), t("progress.step.reported"), t("progress.step.linked")].filter(Boolean);
  return h(
    "section",
    { class: "panel progress-people", data: { testid: "people" } },
    h("div", { class: "people-head" }, h("h2", { tabindex: "-1", id: "people-title" }, reason ? t("progress.people_title_reason", { count: number(total), reason: reasonWord(reason) }) : t(`progress.people_title.${which}`, { count: number(total) })), h("div", { class: "people-tabs" }, tab("missing"), tab("photographed"), h("a", { class: "button quiet", href: address({ people: null, reason: null }), data: { testid: "close" } }, t("progress.close")))),
    rows.length
      ? h(
          "div",
          { class: "scroll", tabindex: "0", role: "region", "aria-labelledby": "people-title" },
          h(
            "table",
            { class: "grid" },
            h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col" }, head)))),
            h("tbody", {}, rows.map((row) => h("tr", { data: { why: row.reason ?? "" } }, h("td", {}, row.name), h("td", { class: "number" }, row.student_number), h("td", {}, place(row)), which === "missing" ? h("td", {}, reasonWord(row.reason)) : null, ["checked", "paid", "reported", "linked"].map((step) => h("td", {}, yes(row[step], t("progress.yes"))))))),
          ),
        )
      : empty("check", t("progress.nobody")),
    total > rows.length ? h("p", { class: "soft" }, t("progress.more", { shown: rows.length, total: number(total) })) : null,
  );
}

async function download(data) {
  toast(t("staff.job.running"));
  try {
    const { job } = await write(`${PATH}/export`, { campaign: data.chosen, ...place(), language });
    await resultOf(job);
    const link = h("a", { href: `${PATH}/${encodeURIComponent(job)}.xlsx`, download: "" });
    document.body.append(link);
    link.click();
    link.remove();
  } catch (error) {
    if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
    sayError(error);
  }
}

function head(data) {
  const select = h("select", { id: "which", data: { testid: "which" } }, data.campaigns.map((row) => h("option", { value: row.code }, titled(row.title))));
  select.value = data.chosen;
  select.addEventListener("change", () => {
    location.hash = `#${new URLSearchParams({ campaign: select.value })}`;
  });
  return h(
    "div",
    { class: "progress-head" },
    h("label", { class: "field", for: "which" }, h("span", {}, t("staff.roster.campaign")), select),
    h("p", { class: "soft" }, t("progress.as_of", { time: clock(data.now) })),
    button(t("progress.export"), { icon: "download", data: { testid: "export" }, press: () => download(data) }),
  );
}

function draw(data) {
  if (!data.campaigns.length) {
    fill(content, empty("calendar", t("staff.campaigns.none"), t("staff.campaigns.none_next")));
    return;
  }
  const inClass = data.path.some((step) => step.kind === "class");
  fill(
    content,
    head(data),
    data.deadlines.length ? h("ul", { class: "deadlines", data: { testid: "deadlines" } }, data.deadlines.map(deadline)) : null,
    crumbs(data),
    data.codes
      ? empty("code", t("progress.codes"), t("progress.codes_next"))
      : data.total.registered === 0
        ? empty("list", t("progress.none"), t("progress.none_next"))
        : [sums(data.total), data.people ? people(data) : null, inClass ? null : charts(data), inClass ? null : table(data, () => draw(data))],
  );
  content.dataset.turn = String(turn);
}

async function load() {
  const mine = ++turn;
  content.setAttribute("aria-busy", "true");
  const now = here();
  try {
    const data = await write(PATH, { ...(now.campaign ? { campaign: now.campaign } : {}), ...place(), ...(now.people ? { people: now.people } : {}), ...(now.reason ? { reason: now.reason } : {}) });
    if (mine !== turn) return; // a later press was answered first
    draw(data);
    if (data.people) document.getElementById("people-title")?.focus({ preventScroll: false });
  } catch (error) {
    if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
    if (mine !== turn) return;
    const refused = error instanceof Refused;
    const note = empty(refused ? "alert" : "broken", refused ? error.staff : t("staff.lost.title"), refused ? error.next : t("staff.lost.sentence"));
    note.append(button(t("staff.retry"), { icon: "refresh", press: load }));
    fill(content, note);
  } finally {
    if (mine === turn) content.removeAttribute("aria-busy");
  }
}

boot(async () => {
  content = document.getElementById("content");
  fill(content, skeleton());
  addEventListener("hashchange", load);
  await load();
});

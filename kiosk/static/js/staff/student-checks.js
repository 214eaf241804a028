/*
 * What students reported while checking on the phone: oldest first, the picture beside the data, three ways to settle.
 * Hooks: [data-testid=check][data-id], [data-testid=resolve-<way>], [data-testid=check-progress][data-campaign].
 */

import { Press } from "./api.js";
import { button, empty, fill, h, mark } from "./dom.js";
import { openDialog, reasonFields, toast } from "./notices.js";
import { boot, show } from "./shell.js";
import { t, titled } from "./texts.js";
import { day, dayAndClock } from "./time.js";

const PATH = "/staff/api/checks";
const WAYS = ["corrected", "unchanged", "reshoot"];
let content;

const reload = () => show(content, PATH, draw);

function progress(row) {
  const bar = h("progress", { max: String(Math.max(1, row.registered)), "aria-label": t("staff.checks.confirmed") });
  bar.value = row.confirmed;
  return h(
    "section",
    { class: "panel", data: { testid: "check-progress", campaign: row.campaign } },
    h("h2", {}, titled(row.title)),
    h("p", {}, t("staff.checks.counts", { confirmed: row.confirmed, reported: row.reported, open: row.registered - row.confirmed - row.reported })),
    bar,
    h("p", { class: "soft" }, row.until ? t(row.over ? "staff.checks.over" : "staff.checks.until", { day: day(row.until) }) : t("staff.checks.no_deadline")),
  );
}

function line(row) {
  const student = row.student;
  const wrong = new Set(row.fields);
  const facts = ["name", "sex", "id_number", "student_number", "school_name", "level", "major_name", "branch", "teaching_point", "class_name"];
  return h(
    "section",
    { class: "panel check-row", data: { testid: "check", id: row.id } },
    row.photo ? h("img", { class: "check-photo", src: `${PATH}/${row.id}/photo.jpg`, alt: t("staff.checks.photo"), loading: "lazy", width: "120", height: "160" }) : null,
    h(
      "div",
      { class: "grow" },
      h("p", { class: "soft" }, `${dayAndClock(row.at)} · ${row.campaign}`),
      h("dl", { class: "facts across" }, facts.filter((name) => student[name]).map((name) => h("div", {}, h("dt", {}, t(`staff.field.${name}`)), h("dd", {}, wrong.has(name) ? mark("alert", student[name], "warn") : student[name])))),
      wrong.has("photo") ? mark("alert", t("staff.checks.photo_wrong"), "warn") : null,
      wrong.has("other") ? mark("alert", t("staff.checks.other_wrong"), "warn") : null,
      row.note ? h("blockquote", { class: "check-note" }, row.note) : null,
    ),
    h("div", { class: "check-acts" }, WAYS.map((way) => button(t(`staff.checks.way.${way}`), { kind: way === "corrected" ? "primary" : "plain", data: { testid: `resolve-${way}` }, press: () => settle(row, way) }))),
  );
}

function settle(row, way) {
  const reason = reasonFields("resolve_check");
  let press = null;
  openDialog({
    title: t(`staff.checks.way.${way}`),
    lead: t(`staff.checks.lead_${way}`),
    body: reason.node,
    testid: "resolve-dialog",
    submit: {
      word: t("staff.checks.settle"),
      run: async () => {
        const words = reason.get();
        if (press?.body.reason !== words) press = new Press("resolve_check", { check: row.id, resolution: way, reason: words });
        await press.send();
        toast(t("staff.checks.done"));
        await reload();
      },
    },
  });
}

function draw(data) {
  fill(
    content,
    h("div", { class: "check-list" }, data.progress.map(progress)),
    data.checks.length ? data.checks.map(line) : empty("check", t("staff.checks.none"), t("staff.checks.none_next")),
  );
}

boot(async () => {
  content = document.getElementById("content");
  await reload();
});

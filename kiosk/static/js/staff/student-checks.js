/*
 * What students reported while checking on the phone: oldest first, the picture beside the data, three ways to settle.
 * Hooks: [data-testid=check][data-id], [data-testid=resolve-<way>], [data-testid=check-progress][data-campaign],
 * [data-testid=cards], [data-testid=cards-class], [data-testid=unchecked-find], [data-student] [data-testid=card-one].
 */

import { Press, write } from "./api.js";
import { button, empty, fill, h, mark } from "./dom.js";
import { openDialog, reasonFields, sayError, toast } from "./notices.js";
import { resultOf } from "./plan.js";
import { boot, show } from "./shell.js";
import { language, t, titled } from "./texts.js";
import { day, dayAndClock } from "./time.js";

const PATH = "/staff/api/checks";
const WAYS = ["corrected", "unchanged", "reshoot"];
const LEAST = 2; // characters of a search
const TYPING_MS = 250;
const cardsFile = (job) => `${PATH}/cards/${job}.pdf`;
let content;

const reload = () => show(content, PATH, draw);

function progress(row) {
  const bar = h("progress", { max: String(Math.max(1, row.registered)), "aria-label": t("staff.checks.confirmed") });
  bar.value = row.confirmed;
  return h(
    "section",
    { class: "panel", data: { testid: "check-progress", campaign: row.campaign } },
    h("h2", {}, titled(row.title)),
    h("p", {}, t("staff.checks.counts", row)),
    bar,
    h("p", {}, t("checking.unchecked", row), " · ", t("checking.reminded", row)),
    h("p", { class: "soft" }, row.until ? t(row.over ? "staff.checks.over" : "staff.checks.until", { day: day(row.until) }) : t("staff.checks.no_deadline")),
    row.unchecked
      ? h(
          "div",
          { class: "check-ways" },
          button(t("checking.show"), { icon: "list", data: { testid: "unchecked" }, press: () => quietly(() => showUnchecked(row)) }),
          button(t("checking.export"), { icon: "download", kind: "quiet", data: { testid: "export-unchecked" }, press: () => quietly(() => fetchMade(`${PATH}/export`, { campaign: row.campaign, language }, (job) => `/staff/api/progress/${job}.xlsx`)) }),
          row.over ? null : button(t("checking.cards"), { icon: "printer", kind: "quiet", data: { testid: "cards" }, press: () => quietly(() => printCards(row)) }),
        )
      : null,
  );
}

/* Who has not checked, by search where they are many; while a card can still be answered each line prints one. */
async function showUnchecked(row) {
  const found = await write(`${PATH}/unchecked`, { campaign: row.campaign });
  const names = ["name", "student_number", "place", "mail", "reminded_at", ...(row.over ? [] : ["card"])];
  const heads = names.map((name) => t(`checking.${name}`));
  const card = (id, name) => h("td", {}, button(t("checking.card.print"), { icon: "printer", kind: "quiet", data: { testid: "card-one" }, label: `${t("checking.card.print")} ${name}`, press: () => quietly(() => fetchMade(`${PATH}/cards`, { campaign: row.campaign, student: id }, cardsFile)) }));
  const line = ({ id, student, mail, reminded }) =>
    h("tr", { data: { student: id } }, h("td", {}, student.name), h("td", { class: "number" }, student.student_number), h("td", {}, [student.branch, student.teaching_point, student.class_name].filter(Boolean).join(" · ")), h("td", {}, t(mail ? "checking.has_mail" : "checking.no_mail")), h("td", {}, reminded ? dayAndClock(reminded) : "–"), row.over ? null : card(id, student.name));
  const list = h("div", { "aria-live": "polite" });
  const draw = (answer, none) =>
    fill(
      list,
      answer.total > answer.rows.length ? h("p", { class: "soft" }, t("checking.more", { shown: answer.rows.length, total: answer.total })) : null,
      answer.rows.length
        ? h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": t("checking.title", found) }, h("table", { class: "grid" }, h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col" }, head)))), h("tbody", {}, answer.rows.map(line))))
        : h("p", {}, none),
    );
  const input = h("input", { type: "search", id: "unchecked-find", maxlength: "80", autocomplete: "off", spellcheck: "false", data: { testid: "unchecked-find" } });
  let turn = 0;
  let timer = 0;
  async function search() {
    const mine = ++turn;
    const q = input.value.trim();
    const answer = q.length < LEAST ? found : await write(`${PATH}/unchecked`, { campaign: row.campaign, q });
    if (mine === turn) draw(answer, t(answer === found ? "checking.nobody" : "checking.find_none"));
  }
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => quietly(search), TYPING_MS);
  });
  draw(found, t("checking.nobody"));
  openDialog({
    title: t("checking.title", found),
    testid: "unchecked-dialog",
    wide: true,
    body: h("div", { class: "unchecked" }, found.rows.length ? h("label", { class: "field", for: "unchecked-find" }, h("span", {}, t("checking.find")), input) : null, list),
  });
}

/* Which class, then the PDF: a class's cards are cut and handed out by its own teacher. */
async function printCards(row) {
  const found = await write(`${PATH}/unchecked`, { campaign: row.campaign });
  const named = (place) => [place.class_name || t("checking.cards.no_class"), place.teaching_point, place.branch].filter(Boolean).join(" · ");
  const total = found.classes.reduce((sum, place) => sum + place.count, 0);
  const select = h(
    "select",
    { id: "cards-class", data: { testid: "cards-class" } },
    h("option", { value: "" }, t("checking.cards.all", { count: total })),
    found.classes.map((place, index) => h("option", { value: String(index) }, t("checking.cards.class", { name: named(place), count: place.count }))),
  );
  openDialog({
    title: t("checking.cards.title"),
    lead: t("checking.cards.lead", { days: found.days }),
    testid: "cards-dialog",
    body: h("label", { class: "field", for: "cards-class" }, h("span", {}, t("checking.cards.whom")), select),
    submit: {
      word: t("checking.cards.print"),
      run: () => {
        const { branch, teaching_point, class_name } = found.classes[select.value] ?? {};
        return fetchMade(`${PATH}/cards`, { campaign: row.campaign, branch, teaching_point, class_name }, cardsFile);
      },
    },
  });
}

/* Ask the worker for a file and fetch it from where it lies once it is there. */
async function fetchMade(path, wanted, address) {
  toast(t("staff.job.running"));
  const { job } = await write(path, wanted);
  await resultOf(job);
  const link = h("a", { href: address(encodeURIComponent(job)), download: "" });
  document.body.append(link);
  link.click();
  link.remove();
}

const quietly = (work) => work().catch((error) => sayError(error));

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

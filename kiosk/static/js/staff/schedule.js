/*
 * The schedule of a campaign, a day at a time. Planners move students by drag (a handle on each), by choosing several and
 * "move to", or with the keyboard (space chooses, M moves); everybody else reads.
 * Hooks: [data-slot=ID], [data-student=ID], [data-testid=move|spread|make|reoffer], [data-day].
 */

import { Refused, Unreachable, write } from "./api.js";
import { button, empty, fill, h, icon, mark } from "./dom.js";
import { Drag } from "./drag.js";
import { Live } from "./live.js";
import { Incomplete, openDialog, reasonFields, sayError, toast } from "./notices.js";
import { showOutbox } from "./outbox.js";
import { fetchDocument, press, resultOf, tried } from "./plan.js";
import { boot, showConnection } from "./shell.js";
import { language, t, titled } from "./texts.js";
import { clock, day as dayWord, setNow } from "./time.js";

const MOST_DAYS = 60; // as make_slots takes them
const content = document.getElementById("content");
const acts = document.getElementById("acts");
const chosen = new Set();
let live;
let data;
let found = null; // what a search brought, instead of those without a slot
let drag;

const path = (campaign = "", day = "") => `/staff/api/schedule?${new URLSearchParams({ campaign, day })}`;
const free = (slot) => slot.capacity - slot.load;
const everybody = () => [...data.slots.flatMap((slot) => slot.students), ...(found ?? data.without.students)];

async function open(campaign, day = "") {
  chosen.clear();
  found = null;
  live.path = path(campaign, day);
  live.shown = null;
  await live.refresh();
}

function chip(student, slot) {
  const state = student.state && student.state !== "due" ? mark(student.state === "missed" ? "cross" : "check", t(`schedule.state.${student.state}`), student.state === "missed" ? "warn" : "soft") : student.here ? mark("check", t("schedule.here"), "good") : student.offers > 1 ? mark("refresh", t("schedule.again", { offers: student.offers }), "soft") : null;
  const words = [h("strong", {}, student.name), h("span", { class: "soft" }, student.student_number), state];
  if (!data.may || slot?.over) return h("li", { class: "chip fixed", data: { student: student.id } }, h("span", { class: "chip-words" }, words));
  return h(
    "li",
    { class: chosen.has(student.id) ? "chip chosen" : "chip", data: { student: student.id } },
    h("span", { class: "chip-grip", "aria-hidden": "true", title: t("schedule.drag") }, icon("more")),
    h("button", { type: "button", class: "chip-words", "aria-pressed": chosen.has(student.id) ? "true" : "false", on: { click: () => choose(student.id), keydown: (event) => event.key.toLowerCase() === "m" && !event.ctrlKey && askMove(student.id) } }, words),
    student.slot ? h("span", { class: "soft" }, `${student.slot.day} ${clock(student.slot.from)}`) : null,
  );
}

function choose(id) {
  if (chosen.has(id)) chosen.delete(id);
  else chosen.add(id);
  for (const element of content.querySelectorAll(`[data-student="${id}"]`)) {
    element.classList.toggle("chosen", chosen.has(id));
    element.querySelector("button")?.setAttribute("aria-pressed", String(chosen.has(id)));
  }
  drawChosen();
}

function groups(students, slot) {
  const byGroup = new Map();
  for (const student of students) {
    const name = [student.teaching_point, student.class_name].filter(Boolean).join(" · ") || t("schedule.no_class");
    byGroup.set(name, [...(byGroup.get(name) ?? []), student]);
  }
  return [...byGroup].map(([name, listed]) =>
    h(
      "div",
      { class: "chip-group" },
      h("p", { class: "chip-head" }, h("span", {}, `${name} · ${listed.length}`), data.may && !slot?.over ? button(t("schedule.choose_all"), { kind: "quiet", press: () => listed.forEach((student) => chosen.has(student.id) || choose(student.id)) }) : null),
      h("ul", { class: "chips" }, listed.map((student) => chip(student, slot))),
    ),
  );
}

function slotCard(slot) {
  const bar = h("span", { class: "load", "aria-hidden": "true" }, h("span", {}));
  bar.firstElementChild.style.width = `${Math.min(100, (slot.load / slot.capacity) * 100)}%`;
  return h(
    "section",
    { class: slot.over ? "slot over" : "slot", data: slot.over ? { past: slot.id } : { slot: slot.id }, "aria-label": `${clock(slot.from)}–${clock(slot.until)}` },
    h(
      "header",
      { class: "slot-head" },
      h("div", {}, h("h2", {}, `${clock(slot.from)}–${clock(slot.until)}`), h("p", { class: "soft" }, slot.site)),
      h("p", { class: "slot-load" }, t("schedule.load", { load: slot.load, capacity: slot.capacity }), free(slot) === 0 ? mark("stop", t("schedule.full"), "warn") : null),
      data.may && !slot.over ? button("", { icon: "pen", kind: "quiet", label: t("schedule.change", { time: clock(slot.from) }), data: { testid: "change" }, press: () => askChange(slot) }) : null,
    ),
    bar,
    slot.students.length ? groups(slot.students, slot) : h("p", { class: "soft slot-empty" }, t("schedule.nobody")),
  );
}

function without() {
  const search = h("input", { type: "search", id: "q", autocomplete: "off", spellcheck: "false", placeholder: t("schedule.search"), "aria-label": t("schedule.search"), data: { testid: "search" } });
  let wait = 0;
  search.addEventListener("input", () => {
    clearTimeout(wait);
    wait = setTimeout(() => find(search.value), 300);
  });
  const holder = h("div", { id: "without-list" });
  fill(holder, listOfWithout());
  const late = data.without.skipped.late;
  return h(
    "aside",
    { class: "without", data: data.may ? { slot: "" } : {}, "aria-label": t("schedule.without") },
    h("h2", {}, t("schedule.without"), " ", h("span", { class: "count" }, String(data.without.count))),
    late ? h("div", { class: "plan-note warn" }, icon("clock"), h("p", {}, t("schedule.late", { count: late })), data.may ? button(t("schedule.admit"), { data: { testid: "admit" }, press: askAdmit }) : null) : null,
    search,
    holder,
  );
}

function listOfWithout() {
  const students = found ?? data.without.students;
  if (!students.length) return h("p", { class: "soft" }, t(found ? "schedule.found_nobody" : "schedule.all_have"));
  const more = found ? 0 : data.without.count - students.length;
  return [groups(students, null), more > 0 ? h("p", { class: "hint" }, t("schedule.more", { count: more })) : null];
}

async function find(q) {
  if (q.trim().length < 2) found = null;
  else await tried(async () => (found = (await write("/staff/api/schedule/find", { campaign: data.campaign.code, q: q.trim() })).students));
  fill(document.getElementById("without-list"), listOfWithout());
  drag.refresh();
}

function days() {
  return h(
    "nav",
    { class: "day-strip", "aria-label": t("schedule.days") },
    data.days.map((line) =>
      h("button", { type: "button", class: "day", "aria-current": line.day === data.day ? "date" : null, data: { day: line.day }, on: { click: () => open(data.campaign.code, line.day) } }, h("strong", {}, dayWord(line.day)), h("span", {}, t("schedule.load", { load: line.students, capacity: line.capacity }))),
    ),
  );
}

function draw(fresh) {
  if (drag?.busy) return; // a finger is on a student; the next snapshot comes
  data = fresh;
  setNow(fresh.now);
  drawActs();
  if (!data.campaign) {
    fill(content, empty("calendar", t("staff.campaigns.none"), t("staff.campaigns.none_next")));
    return;
  }
  for (const id of [...chosen]) if (!everybody().some((student) => student.id === id)) chosen.delete(id);
  const campaigns = h("select", { id: "campaign", data: { testid: "campaign" }, on: { change: (event) => open(event.target.value) } }, data.campaigns.map((row) => h("option", { value: row.code, selected: row.code === data.campaign.code }, titled(row.title))));
  const q = document.getElementById("q")?.value ?? "";
  const focused = document.activeElement?.closest?.("[data-student]")?.dataset.student;
  const inSearch = document.activeElement?.id === "q";
  fill(
    content,
    h("div", { class: "plan-bar" }, h("label", { class: "field inline" }, h("span", {}, t("schedule.campaign")), campaigns), data.days.length ? days() : null),
    h("div", { class: "schedule-grid" }, data.slots.length ? h("div", { class: "slots" }, data.slots.map(slotCard)) : nothing(), without()),
    h("div", { class: "chosen-bar", id: "chosen", hidden: true }),
  );
  if (q) document.getElementById("q").value = q;
  if (inSearch) document.getElementById("q").focus();
  else if (focused) content.querySelector(`[data-student="${focused}"] button`)?.focus({ preventScroll: true });
  drawChosen();
  drag.refresh();
}

function nothing() {
  const note = empty("calendar", t("schedule.none"), t(data.may ? (data.sites.length ? "schedule.none_next" : "schedule.no_site") : "schedule.none_read"));
  if (data.may && !data.sites.length) note.append(h("a", { class: "button plain", href: "/staff/organisation" }, t("schedule.to_sites")));
  return note;
}

function drawActs() {
  const code = data.campaign?.code;
  fill(
    acts,
    data.may && code ? button(t("schedule.make"), { icon: "plus", kind: "primary", data: { testid: "make" }, press: askMake, attributes: { "aria-disabled": data.sites.length ? null : "true" } }) : null,
    data.may && code && data.days.length ? button(t("schedule.spread"), { icon: "person", data: { testid: "spread" }, press: askSpread }) : null,
    data.may && code && data.days.length ? button(t("schedule.reoffer"), { icon: "refresh", data: { testid: "reoffer" }, press: reoffer }) : null,
    code && data.days.length ? button(t("schedule.print"), { icon: "file", data: { testid: "print" }, press: askPrint }) : null,
  );
}

function drawChosen() {
  const bar = document.getElementById("chosen");
  if (!bar) return;
  bar.hidden = chosen.size === 0;
  fill(
    bar,
    h("strong", { role: "status" }, t("schedule.chosen", { count: chosen.size })),
    button(t("schedule.move"), { icon: "chevron", kind: "primary", data: { testid: "move" }, press: () => askMove() }),
    chosen.size === 1 ? button(t("schedule.text"), { icon: "form", data: { testid: "text" }, press: () => showText([...chosen][0]) }) : null,
    button(t("schedule.clear"), { kind: "quiet", data: { testid: "clear" }, press: () => [...chosen].forEach(choose) }),
  );
}

/** Move students into a slot, or (empty) out of the schedule; says how to go back. */
async function move(students, slot) {
  const done = await tried(async () => {
    const { result } = await press("move_students", { students, slot: slot || null });
    if (result.moved) toast(t("schedule.moved", { count: result.moved }));
  });
  if (done) {
    chosen.clear();
    found = null;
  }
  await live.refresh();
}

function askMove(only) {
  const students = only && !chosen.has(only) ? [only] : [...chosen];
  if (!students.length) return;
  const list = [...data.open].sort((a, b) => Number(b.day === data.day) - Number(a.day === data.day) || a.from.localeCompare(b.from)); // the day on the page first
  openDialog({
    title: t("schedule.move"),
    lead: t("schedule.move.lead", { count: students.length }),
    body: h(
      "fieldset",
      { class: "choices" },
      h("legend", { class: "unseen" }, t("schedule.move")),
      list.map((slot) =>
        h("label", { class: "choice" }, h("input", { type: "radio", name: "slot", value: slot.id, disabled: slot.free < 1, data: { testid: "target" } }), h("span", {}, `${dayWord(slot.day)} ${clock(slot.from)}–${clock(slot.until)} · ${slot.site}`, h("span", { class: "soft" }, ` ${t("schedule.free", { count: slot.free })}`))),
      ),
      h("label", { class: "choice" }, h("input", { type: "radio", name: "slot", value: "", data: { testid: "target-none" } }), h("span", {}, t("schedule.take_out"))),
    ),
    testid: "dialog-move",
    submit: {
      word: t("schedule.move"),
      run: async (form) => {
        const picked = form.querySelector("input[name=slot]:checked");
        if (!picked) throw new Incomplete(t("schedule.pick"));
        const { result } = await press("move_students", { students, slot: picked.value || null });
        toast(t("schedule.moved", { count: result.moved }));
        chosen.clear();
        await live.refresh();
      },
    },
  });
}

const field = (name, label, attributes) => h("label", { class: "field" }, h("span", {}, label), h("input", { name, ...attributes, data: { testid: `make-${name}` } }));

function formula(site) {
  return h("p", { class: "hint", data: { testid: "formula" } }, t("schedule.formula", { places: site.places, waiting: site.waiting_metres, spacing: site.spacing_metres, seats: site.seats, seconds: site.student_seconds, served: site.served, capacity: site.capacity, minutes: data.campaign.slot_minutes }), " ", t(site.measured ? "schedule.measured" : "schedule.entered"), " ", t(`schedule.limited.${site.limited_by}`));
}

function askMake() {
  if (!data.sites.length) return;
  const sites = h("select", { name: "site" }, data.sites.map((site) => h("option", { value: site.code }, site.title)));
  const capacity = field("capacity", t("schedule.capacity"), { type: "number", min: "1", inputmode: "numeric" });
  const hint = h("div", {});
  const show = () => {
    const site = data.sites.find((row) => row.code === sites.value);
    fill(hint, formula(site));
    capacity.querySelector("input").value = site.capacity;
  };
  sites.addEventListener("change", show);
  show();
  const { capture_from: from, capture_until: until } = data.campaign;
  openDialog({
    title: t("schedule.make"),
    lead: t("schedule.make.lead", { from, until }),
    body: [
      h("label", { class: "field" }, h("span", {}, t("schedule.site")), sites),
      h("div", { class: "two" }, field("from", t("schedule.first_day"), { type: "date", min: from, max: until }), field("until", t("schedule.last_day"), { type: "date", min: from, max: until })),
      h("label", { class: "choice single" }, h("input", { type: "checkbox", name: "weekends" }), h("span", {}, t("schedule.weekends"))),
      h("div", { class: "two" }, field("opens", t("schedule.opens"), { type: "time", value: "09:00" }), field("closes", t("schedule.closes"), { type: "time", value: "17:00" })),
      h("div", { class: "two" }, field("pause_from", t("schedule.pause_from"), { type: "time", value: "12:00" }), field("pause_until", t("schedule.pause_until"), { type: "time", value: "13:30" })),
      capacity,
      hint,
    ],
    testid: "dialog-make",
    submit: {
      word: t("schedule.make"),
      run: async (form) => {
        const value = (name) => form.elements[name].value;
        if (!value("from")) throw new Incomplete(t("schedule.no_day"), form.elements.from);
        const listed = daysBetween(value("from"), value("until") || value("from"), form.elements.weekends.checked);
        if (!listed.length) throw new Incomplete(t("schedule.no_day_between"), form.elements.until);
        if (listed.length > MOST_DAYS) throw new Incomplete(t("schedule.too_many_days"), form.elements.until);
        const pause = [value("pause_from"), value("pause_until")];
        if (pause.some(Boolean) && !(pause.every(Boolean) && pause[0] < pause[1])) throw new Incomplete(t("schedule.pause_wrong"), form.elements.pause_from);
        const body = { campaign: data.campaign.code, site: sites.value, days: listed, opens: value("opens"), closes: value("closes"), capacity: Number(value("capacity")) };
        if (pause[0] && pause[0] < value("closes") && pause[1] > value("opens")) body.breaks = [pause]; // one outside the day is none
        const { result } = await press("make_slots", body);
        toast(t("schedule.made", { slots: result.slots, places: result.places }));
        await open(data.campaign.code, listed[0]);
      },
    },
  });
}

/** The days of the range, at most one more than may be made at once. */
function daysBetween(first, last, weekends) {
  const listed = [];
  for (let at = new Date(`${first}T00:00Z`); listed.length <= MOST_DAYS && at <= new Date(`${last}T00:00Z`); at = new Date(at.getTime() + 86400000)) {
    if (weekends || (at.getUTCDay() !== 0 && at.getUTCDay() !== 6)) listed.push(at.toISOString().slice(0, 10));
  }
  return listed;
}

function askSpread() {
  openDialog({
    title: t("schedule.spread"),
    lead: t("schedule.spread.lead"),
    body: h(
      "fieldset",
      { class: "choices" },
      h("legend", { class: "unseen" }, t("schedule.spread")),
      ["class", "teaching_point"].map((by) => h("label", { class: "choice" }, h("input", { type: "radio", name: "by", value: by, checked: by === "class" }), h("span", {}, t(`schedule.by.${by}`)))),
    ),
    testid: "dialog-spread",
    submit: {
      word: t("schedule.spread"),
      run: async (form) => {
        const { result } = await press("spread_students", { campaign: data.campaign.code, by: form.querySelector("input[name=by]:checked").value });
        const skipped = Object.entries(result.skipped).map(([why, count]) => t(`schedule.skipped.${why}`, { count }));
        toast(t("schedule.spread_done", { count: result.assigned }), { tone: result.left ? "warn" : "good", next: [result.left ? t("schedule.left", { count: result.left }) : "", ...skipped].filter(Boolean).join(" ") });
        await live.refresh();
      },
    },
  });
}

async function reoffer() {
  await tried(async () => {
    const { result } = await press("reoffer_missed", { campaign: data.campaign.code });
    toast(t("schedule.reoffered", result), { tone: result.left ? "warn" : "good", next: result.left ? t("schedule.left", { count: result.left }) : "" });
  });
  await live.refresh();
}

function askChange(slot) {
  const capacity = field("capacity", t("schedule.capacity"), { type: "number", min: "1", inputmode: "numeric", value: slot.capacity });
  const removal = button(t("schedule.remove"), { icon: "cross", kind: "danger", data: { testid: "remove" }, press: async () => { if (await tried(() => press("remove_slot", { slot: slot.id }))) { dialog.close(); await live.refresh(); } } });
  const dialog = openDialog({
    title: t("schedule.change", { time: `${clock(slot.from)}–${clock(slot.until)}` }),
    body: [capacity, slot.load ? null : removal].filter(Boolean),
    testid: "dialog-change",
    submit: {
      word: t("staff.save"),
      run: async (form) => {
        await press("change_slot", { slot: slot.id, capacity: Number(form.elements.capacity.value) });
        await live.refresh();
      },
    },
  });
}

function askAdmit() {
  const reason = reasonFields("admit_late");
  openDialog({
    title: t("schedule.admit"),
    lead: t("schedule.admit.lead", { count: data.without.skipped.late }),
    body: reason.node,
    testid: "dialog-admit",
    submit: {
      word: t("schedule.admit"),
      run: async () => {
        const { result } = await press("admit_late", { campaign: data.campaign.code, reason: reason.get() });
        toast(t("schedule.admitted", { count: result.admitted }));
        await live.refresh();
      },
    },
  });
}

function askPrint() {
  const make = (what, body) => button(t(`schedule.print.${what}`), { icon: { mail: "bell", outbox: "form" }[what] ?? "download", data: { testid: `print-${what}` }, press: () => { dialog.close(); tried(() => body()); } });
  const document_ = (what, more = {}) => () => fetchDocument("/staff/api/schedule/documents", { campaign: data.campaign.code, what, language, ...more });
  const dialog = openDialog({
    title: t("schedule.print"),
    lead: t("schedule.print.lead"),
    body: h("div", { class: "print-choices" }, make("list", document_("list", { day: data.day })), make("notices", document_("notices", { day: data.day })), make("calendar", document_("calendar")), data.may && data.campaign.mail ? [make("mail", sendMail), make("outbox", showOutbox)] : null),
    testid: "dialog-print",
  });
}

async function sendMail() {
  const { job } = await write("/staff/api/schedule/notices", { campaign: data.campaign.code, language });
  const result = await resultOf(job);
  toast(t("schedule.mailed", result));
}

async function showText(student) {
  try {
    const { text } = await write("/staff/api/schedule/text", { student, language });
    const area = h("textarea", { rows: "16", readonly: true, "aria-label": t("schedule.text"), value: text, data: { testid: "notice-text" } });
    openDialog({
      title: t("schedule.text"),
      body: [area],
      testid: "dialog-text",
      submit: { word: t("schedule.copy"), run: async () => { area.select(); await navigator.clipboard?.writeText(text); toast(t("schedule.copied")); } },
    });
  } catch (error) {
    if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
    sayError(error);
  }
}

boot(async () => {
  drag = new Drag(content, { item: ".chip", grip: ".chip-grip", target: "[data-slot]", word: (count) => t("schedule.chosen", { count }), chosen: () => chosen, drop: (students, target) => move(students, target.dataset.slot) });
  live = new Live(path(), draw, showConnection);
  await live.start();
  content.removeAttribute("aria-busy");
});

/*
 * Photos in four ways: a card each with its counts, deliveries that come in, and below the pictures to decide about.
 * Hooks: [data-testid=which|modes|mode-<mode>|make-link|send-for|deliveries|delivery][data-id], and those of the grid.
 */

import { Refused, Unreachable } from "./api.js";
import { PhotoGrid, decide } from "./collection-grid.js";
import { linkDialog, sendDialog } from "./collection-own.js";
import { button, empty, fill, h, mark } from "./dom.js";
import { fileForm } from "./file-form.js";
import { openDialog, reasonFields, sayError, toast } from "./notices.js";
import { boot, show } from "./shell.js";
import { t, titled } from "./texts.js";
import { dayAndClock } from "./time.js";

const PATH = "/staff/api/collection";
/* How long a delivery of gigabytes may take on its way, and how often a page with one in work looks again. */
const SEND_SECONDS = 3600;
const AGAIN_MS = 2000;
const STANDINGS = [
  ["accepted", "check", "good"],
  ["candidate", "ask", "warn"],
  ["rejected", "cross", ""],
  ["replaced", "refresh", ""],
];
let content;
let deliveries;
let grid;
let chosen = "";
let formOf = null;
let timer = 0;

const reload = () => show(content, chosen ? `${PATH}?campaign=${encodeURIComponent(chosen)}` : PATH, draw);

function card(row, data) {
  const acts = [];
  if (row.mode === "own" && row.allowed) {
    acts.push(button(t("collection.link"), { icon: "phone", kind: "primary", data: { testid: "make-link" }, press: () => linkDialog(chosen) }));
    acts.push(button(t("collection.send_for"), { icon: "upload", data: { testid: "send-for" }, press: () => sendDialog(chosen, reload) }));
  }
  return h(
    "section",
    { class: row.allowed ? "panel mode-card" : "panel mode-card off", data: { testid: `mode-${row.mode}` } },
    h("h2", {}, t(`collection.mode.${row.mode}`)),
    h("p", { class: "soft" }, row.allowed ? t(`collection.how.${row.mode}`) : t("collection.off")),
    h("dl", { class: "mode-counts" }, STANDINGS.map(([name, iconName, tone]) => h("div", { data: { standing: name } }, h("dt", {}, mark(iconName, t(`collection.${name}`), row[name] ? tone : "")), h("dd", {}, String(row[name]))))),
    acts.length ? h("div", { class: "mode-acts" }, acts) : null,
    data.own_auto && row.mode === "own" ? h("p", { class: "hint" }, t("plan.field.own_auto")) : null,
  );
}

function withdraw(row) {
  const reason = reasonFields("withdraw_delivery");
  openDialog({
    title: t("collection.withdraw"),
    lead: t("collection.withdraw_lead"),
    body: reason.node,
    testid: "withdraw-dialog",
    submit: {
      word: t("collection.withdraw"),
      kind: "danger solid",
      run: async () => {
        const answer = await decide("withdraw_delivery", { delivery: row.id, reason: reason.get() });
        toast(t("collection.decided", { count: answer.result.rejected }));
        await changed();
      },
    },
  });
}

function delivery(row) {
  const tone = { judging: ["clock", "warn"], ready: ["check", "good"], withdrawn: ["cross", ""], failed: ["alert", "bad"] }[row.state];
  const bar = h("progress", { max: "100", "aria-label": t("staff.roster.progress") });
  bar.value = Math.round(row.progress * 100);
  return h(
    "li",
    { class: "delivery", data: { testid: "delivery", id: row.id, state: row.state } },
    h("div", { class: "grow" }, h("p", {}, h("strong", {}, row.source || t(`collection.mode.${row.mode}`)), " ", h("span", { class: "soft" }, `${t(`collection.mode.${row.mode}`)} · ${row.file_name} · ${dayAndClock(row.at)}`)), row.state === "judging" ? bar : row.counts.files ? h("p", {}, t("collection.report", { passed: 0, ask: 0, failed: 0, refused: 0, ...row.counts })) : null, row.problems.length ? h("details", { class: "fold" }, h("summary", {}, t("collection.problems", { count: row.problems.length })), h("ul", { class: "delivery-problems" }, row.problems.map((one) => h("li", {}, h("code", {}, one.file), " ", one.word)))) : null),
    h("div", { class: "delivery-acts" }, mark(tone[0], t(`collection.state.${row.state}`), tone[1]), row.unmatched ? button(t("collection.unmatched_n", { count: row.unmatched }), { icon: "ask", data: { testid: "unmatched" }, press: () => grid.of({ state: "candidate", delivery: row.id, whose: "nobody" }) }) : null, row.waiting ? button(`${t("collection.show")} · ${t("collection.waiting", { count: row.waiting })}`, { press: () => grid.of({ state: "candidate", delivery: row.id, whose: "" }) }) : null, row.state === "ready" && row.waiting ? button(t("collection.withdraw"), { kind: "quiet", data: { testid: "withdraw" }, press: () => withdraw(row) }) : null),
  );
}

function drawForm(data, holder) {
  const campaign = data.campaigns.find((row) => row.code === chosen);
  const modes = ["studio", "company"].filter((mode) => campaign.modes.includes(mode));
  const key = `${chosen} ${modes}`;
  if (formOf === key) return;
  formOf = key;
  if (!modes.length) {
    fill(holder);
    return;
  }
  const way = h("select", { name: "mode", id: "mode", data: { testid: "mode" } }, modes.map((mode) => h("option", { value: mode }, t(`collection.mode.${mode}`))));
  const source = h("input", { name: "source", id: "source", maxlength: "80", autocomplete: "off", data: { testid: "source" } });
  h("label", { class: "field inline", for: "mode" }, h("span", {}, t("collection.way")), way);
  h("label", { class: "field inline", for: "source" }, h("span", {}, t("collection.source")), source);
  fileForm(holder, {
    campaigns: [campaign],
    path: `${PATH}/deliveries`,
    accept: ".zip",
    word: t("collection.deliver"),
    lead: t("collection.drop"),
    rule: t("collection.rule"),
    more: [way, source],
    none: t("collection.no_file"),
    seconds: SEND_SECONDS,
    limits: data.limits,
    done: async (row) => {
      if (row.state === "done") toast(t("collection.report", { passed: 0, ask: 0, failed: 0, refused: 0, ...row.result }));
      await changed();
    },
  });
}

function draw(data) {
  clearTimeout(timer);
  if (!data.campaigns.length) {
    fill(content, empty("calendar", t("staff.campaigns.none"), t("staff.campaigns.none_next")));
    return;
  }
  chosen = data.chosen;
  const select = h("select", { id: "which", data: { testid: "which" } }, data.campaigns.map((row) => h("option", { value: row.code }, titled(row.title))));
  select.value = chosen;
  select.addEventListener("change", () => {
    chosen = select.value;
    changed();
  });
  const bar = h("progress", { max: String(Math.max(1, data.registered)), "aria-label": t("collection.accepted") });
  bar.value = data.photographed;
  fill(
    content,
    h("div", { class: "collection-head" }, h("label", { class: "field", for: "which" }, h("span", {}, t("staff.roster.campaign")), select), h("div", { class: "collection-sum", data: { testid: "sum" } }, h("p", {}, t("collection.done", { count: data.photographed, total: data.registered })), bar)),
    h("div", { class: "modes", data: { testid: "modes" } }, data.modes.map((row) => card(row, data))),
  );
  drawForm(data, document.getElementById("form"));
  fill(deliveries, data.deliveries.length ? h("section", { class: "panel", data: { testid: "deliveries" } }, h("h2", {}, t("collection.deliveries")), h("ul", { class: "delivery-list" }, data.deliveries.map(delivery))) : null);
  if (data.deliveries.some((row) => row.state === "judging")) timer = setTimeout(reload, AGAIN_MS);
}

/** Something was decided or came in: both halves of the page are read again. */
async function changed() {
  try {
    await Promise.all([reload(), grid.of({}, chosen)]);
  } catch (error) {
    if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
    sayError(error);
  }
}

boot(async () => {
  content = document.getElementById("content");
  deliveries = document.getElementById("deliveries");
  grid = new PhotoGrid(document.getElementById("grid"), reload);
  await reload();
  if (chosen) await grid.of({}, chosen);
});

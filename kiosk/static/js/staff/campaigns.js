/*
 * The campaigns: whom, how, by which standard, until when, and how far each is; for planners also drafts, files, changes.
 * Hooks: [data-campaign=CODE], [data-draft=ID], [data-testid=new|import].
 */

import { read } from "./api.js";
import { button, empty, fill, h, icon, mark } from "./dom.js";
import { openDialog, toast } from "./notices.js";
import { fetchDocument, press, readFile, tried } from "./plan.js";
import { boot, show } from "./shell.js";
import { actor, first, t, titled } from "./texts.js";
import { day, dayAndClock } from "./time.js";

const PLANNERS = ["administrator", "headquarters"];
const plans = PLANNERS.includes(document.body.dataset.role);
const content = document.getElementById("content");

const reload = () => show(content, "/staff/api/campaigns", draw);
const setup = (hash = "") => location.assign(`/staff/campaigns/setup${hash}`);

function card(row) {
  const { registered = 0, photographed = 0, ready = 0, missing = 0 } = row.counts ?? {};
  const bar = h("div", { class: "balance-bar", "aria-hidden": "true" });
  const done = h("span", { class: "ready" });
  done.style.width = `${registered ? (photographed / registered) * 100 : 0}%`;
  bar.append(done);
  const facts = [
    ["mode", first([`staff.identity.${row.identity_mode}`], row.identity_mode)],
    ["profile", titled(row.profile_title) || row.profile],
    ["screening", row.screening],
    ["capture", `${day(row.capture_from)} – ${day(row.capture_until)}`],
    ["deadline", day(row.roster_deadline)],
    ["upload", day(row.upload_on)],
    ["shots", String(row.shots ?? "–")],
    ["temperature", row.temperature_required ? t("staff.campaigns.required") : t("staff.campaigns.not_required")],
    ["fee", row.fee_cents === undefined ? "–" : t("staff.campaigns.yuan", { amount: (row.fee_cents / 100).toFixed(2) })],
  ];
  return h(
    "section",
    { class: "panel campaign", data: { campaign: row.code } },
    h("div", { class: "balance-head" }, h("div", {}, h("h2", {}, titled(row.title)), h("p", { class: "soft" }, row.code)), row.active ? mark("check", t("staff.campaigns.active"), "good") : mark("pause", t("staff.campaigns.inactive"), "soft")),
    h("dl", { class: "figures" }, Object.entries({ registered, photographed, ready, missing }).map(([name, count]) => h("div", {}, h("dt", {}, t(`staff.campaigns.${name}`)), h("dd", {}, String(count))))),
    bar,
    h("dl", { class: "facts across" }, facts.map(([name, value]) => h("div", {}, h("dt", {}, t(`staff.campaigns.${name}`)), h("dd", {}, value || "–")))),
  );
}

/** What planners may do with a campaign. */
function ways(row) {
  if (!plans) return null;
  const file = (form) => tried(() => fetchDocument(`/staff/api/campaigns/${encodeURIComponent(row.code)}/file`, { form }));
  return h(
    "div",
    { class: "plan-ways" },
    button(t("plan.change"), { icon: "pen", data: { testid: "change" }, press: () => setup(`#copy=${row.code}`) }),
    button(t(row.active ? "plan.deactivate" : "plan.activate"), { icon: row.active ? "pause" : "play", data: { testid: "activate" }, press: () => askActive(row) }),
    button(t("plan.export_toml"), { icon: "download", kind: "quiet", data: { testid: "export-toml" }, press: () => file("toml") }),
    button(t("plan.export_xlsx"), { icon: "download", kind: "quiet", data: { testid: "export-xlsx" }, press: () => file("xlsx") }),
  );
}

function askActive(row) {
  openDialog({
    title: t(row.active ? "plan.deactivate" : "plan.activate"),
    lead: t(row.active ? "plan.deactivate.lead" : "plan.activate.lead", { code: row.code }),
    body: [],
    testid: "dialog-activate",
    submit: {
      word: t(row.active ? "plan.deactivate" : "plan.activate"),
      run: async () => {
        await press("activate_campaign", { campaign: row.code, active: !row.active });
        await reload();
      },
    },
  });
}

function drafts(rows) {
  if (!rows.length) return null;
  return h(
    "section",
    { class: "part" },
    h("h2", {}, t("plan.drafts")),
    h(
      "ul",
      { class: "plain-list" },
      rows.map((row) =>
        h(
          "li",
          { class: "line-row", data: { draft: row.draft } },
          icon("form"),
          h("div", { class: "grow" }, h("p", {}, h("strong", {}, titled(row.title) || row.code || t("plan.draft.untitled")), " ", h("span", { class: "soft" }, row.code)), h("p", { class: "soft" }, t("plan.draft.line", { who: actor(row.by), time: dayAndClock(row.updated_at) }))),
          row.problems ? mark("alert", t("plan.open", { count: row.problems }), "warn") : mark("check", t("plan.ready"), "good"),
          button(t("plan.continue"), { data: { testid: "continue" }, press: () => setup(`#${row.draft}`) }),
        ),
      ),
    ),
  );
}

function purges(rows) {
  if (!rows.length) return null;
  const word = (row) => t("plan.purge_line", { campaign: row.campaign, kind: t(`plan.retention.${row.kind}`), count: row.rows, before: row.before });
  return h("details", { class: "part" }, h("summary", {}, t("plan.purges")), h("ul", { class: "plain-list" }, rows.map((row) => h("li", { class: "line-row" }, word(row), h("span", { class: "soft" }, dayAndClock(row.ended_at))))));
}

/** Read a file into a draft; units and sites are asked about first. */
async function take(file) {
  await tried(async () => {
    const plan = await readFile(file);
    if (plan.units.length || plan.sites.length) askUnits(plan);
    else await keepDraft(plan);
  });
}

async function keepDraft(plan) {
  if (!Object.keys(plan.content).length) return;
  const { result } = await press("save_draft", { content: plan.content, step: "preview" });
  setup(`#${result.draft}`);
}

function askUnits(plan) {
  openDialog({
    title: t("plan.import.save"),
    lead: plan.unit_problems.length ? t("plan.import.problems", { count: plan.unit_problems.length }) : t("plan.import.units", { units: plan.units.length, sites: plan.sites.length }),
    body: plan.unit_problems.length ? h("ul", {}, plan.unit_problems.slice(0, 20).map(([code, problem]) => h("li", {}, `${code}: ${t(`plan.unit_problem.${problem}`)}`))) : [],
    testid: "dialog-import",
    submit: {
      word: t("plan.import.save"),
      run: async () => {
        await press("save_units", { units: plan.units });
        for (const site of plan.sites) await press("save_site", site);
        toast(t("plan.imported"));
        await keepDraft(plan);
        await reload();
      },
    },
  });
}

async function draw(data) {
  const rows = [...data.campaigns].sort((a, b) => Number(b.active) - Number(a.active));
  const more = plans ? await read("/staff/api/plan") : null;
  fill(
    content,
    more ? drafts(more.drafts) : null,
    rows.length
      ? rows.map((row) => {
          const node = card(row);
          const able = ways(row);
          if (able) node.append(able);
          return node;
        })
      : empty("calendar", t("staff.campaigns.none"), t("staff.campaigns.none_next")),
    more ? purges(more.purges) : null,
  );
}

boot(async () => {
  if (plans) {
    const input = h("input", { type: "file", accept: ".toml,.xlsx", class: "unseen", data: { testid: "import" }, on: { change: (event) => event.target.files[0] && take(event.target.files[0]) } });
    document.getElementById("acts").append(
      button(t("plan.new"), { icon: "plus", kind: "primary", data: { testid: "new" }, press: () => setup() }),
      h("label", { class: "button plain" }, icon("upload"), h("span", { class: "button-word" }, t("plan.import")), input),
      h("a", { class: "button plain", href: "/staff/organisation", data: { testid: "organisation" } }, h("span", {}, t("plan.organisation_link"))),
    );
  }
  await reload();
});

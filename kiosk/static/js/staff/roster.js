/*
 * The roster page: a file is checked, what it would change is shown, and only then is it imported; or it is held against
 * the academic system. Templates, earlier imports.
 * Hooks: [data-testid=campaign|file|send|job|report|confirm|complete|skip-bad|imports|way-import|way-compare|template-…].
 */

import { Refused, Unreachable, followJob, upload, write } from "./api.js";
import { button, empty, fill, h, mark } from "./dom.js";
import { fileForm } from "./file-form.js";
import { openDialog, sayError, showMessage } from "./notices.js";
import { changes, columns, comparison, figures, findings, markedLink } from "./roster-report.js";
import { boot, show } from "./shell.js";
import { t } from "./texts.js";
import { dayAndClock } from "./time.js";

const ACCEPT = ".xlsx,.xls,.csv";
const SCHOOLS = ["51161", "51383"];
let work;
let imports;

/** Import what was checked: the same file, and only if it would still do the same. */
async function bring(checked, message) {
  const { file, campaign, plan } = checked;
  const body = new FormData();
  body.append("file", file);
  body.append("campaign", campaign);
  body.append("confirm", plan);
  for (const name of ["skip_bad_rows", "complete"]) body.append(name, String(Boolean(checked[name])));
  const { job } = await upload("/staff/api/roster", body);
  const row = await followJob(job, (step) => {
    message.hidden = false;
    fill(message, h("p", { role: "status" }, t(`staff.job.${step.state}`)));
  });
  message.hidden = true;
  if (row.state === "failed") throw new Refused(row.refusal ?? { code: row.error }, 409);
  drawReport(row, checked, job);
  show(imports, "/staff/api/imports", drawImports);
}

function drawReport(row, checked, job) {
  if (row.state !== "done") return;
  const result = row.result ?? {};
  const badRows = (result.rows ?? 0) - (result.ok ?? 0);
  const same = !result.added && !result.changed && !result.gone;
  const state = result.imported ? "imported" : result.errors_total ? "errors" : same ? "same" : "checked";
  const heads = {
    imported: () => mark("check", t("staff.roster.imported"), "good"),
    errors: () => mark("alert", t("staff.roster.not_imported", { count: badRows }), "bad"),
    same: () => mark("check", t("staff.roster.same"), "good"),
    checked: () => mark("check", t("staff.roster.checked"), "good"),
  };
  const message = h("div", { class: "form-message", role: "alert", hidden: true });
  fill(
    work,
    h(
      "section",
      { class: "panel report", data: { testid: "report", state, imported: String(state === "imported") } },
      h("h2", { tabindex: "-1" }, heads[state]()),
      figures(result),
      state === "checked" || state === "errors" ? acts(result, { ...checked, plan: result.plan }, job, message, state, badRows) : null,
      message,
      columns(result),
      state === "errors" ? [findings(result), changes(result)] : [state === "imported" ? null : changes(result), findings(result)],
    ),
  );
  work.querySelector("h2").scrollIntoView({ block: "nearest" });
}

function acts(result, checked, job, message, state, badRows) {
  const complete = h("input", { type: "checkbox", id: "complete", data: { testid: "complete" } });
  const run = (skip, sender) => {
    sender.disabled = true;
    message.hidden = true;
    return bring({ ...checked, skip_bad_rows: skip, complete: complete.checked }, message).catch((error) => {
      if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
      sender.disabled = false;
      showMessage(message, error);
    });
  };
  const send =
    state === "checked"
      ? button(t("staff.roster.confirm"), { icon: "check", kind: "primary", data: { testid: "confirm" }, press: () => run(false, send) })
      : result.ok
        ? button(t("staff.roster.skip_bad"), { icon: "check", data: { testid: "skip-bad" }, press: () => confirmSkip(badRows, () => run(true, send)) })
        : null;
  return h(
    "div",
    { class: "report-acts" },
    h("p", {}, t(state === "checked" ? "staff.roster.confirm_lead" : "staff.roster.mend")),
    result.gone && state === "checked" ? h("label", { class: "tick", for: "complete" }, complete, h("span", {}, t("staff.roster.complete", { count: result.gone }))) : null,
    markedLink(job, result),
    send,
  );
}

function confirmSkip(count, run) {
  openDialog({
    title: t("staff.roster.skip_bad"),
    lead: t("staff.roster.skip_sure", { count }),
    body: [],
    testid: "dialog-skip",
    submit: { word: t("staff.roster.skip_do"), run: async () => void run() },
  });
}

function drawImports(data) {
  const rows = data.imports ?? [];
  const counts = ["added", "changed", "unchanged", "skipped", "removed"];
  fill(
    imports,
    h("h2", {}, t("staff.roster.earlier")),
    rows.length === 0
      ? empty("file", t("staff.roster.none"), t("staff.roster.none_next"))
      : h(
          "div",
          { class: "scroll", tabindex: "0", role: "region", "aria-label": t("staff.roster.earlier") },
          h(
            "table",
            { class: "grid", data: { testid: "imports" } },
            h("caption", { class: "unseen" }, t("staff.roster.earlier")),
            h("thead", {}, h("tr", {}, ["at", "file_name", "campaign", "by", ...counts].map((name) => h("th", { scope: "col" }, t(`staff.roster.${name}`))))),
            h(
              "tbody",
              {},
              rows.map((row) =>
                h(
                  "tr",
                  {},
                  h("td", { class: "nowrap" }, dayAndClock(row.at)),
                  h("td", {}, row.file_name),
                  h("td", {}, row.campaign),
                  h("td", {}, row.by.replace(/^staff:/, "")),
                  counts.map((name) => h("td", { class: "number" }, String(row[name] ?? 0))),
                ),
              ),
            ),
          ),
        ),
  );
}

async function fetchTemplate(school, sender) {
  sender.disabled = true;
  try {
    const { job } = await write("/staff/api/roster/template", { school });
    const row = await followJob(job, () => {});
    if (row.state === "failed") throw new Refused(row.refusal ?? { code: row.error }, 409);
    const link = h("a", { href: `/staff/api/roster/files/${job}.xlsx`, download: "" });
    document.body.append(link);
    link.click();
    link.remove();
  } catch (error) {
    sayError(error, () => fetchTemplate(school, sender));
  } finally {
    sender.disabled = false;
  }
}

function drawTemplates(acts) {
  const made = SCHOOLS.map((school) => {
    const one = button(t(`staff.roster.template.${school}`), { icon: "download", data: { testid: `template-${school}` }, press: () => fetchTemplate(school, one) });
    return one;
  });
  fill(acts, made);
}

/** The two things a file can be for, and the form of the one that is chosen. */
function drawWays(upper, campaigns) {
  const form = h("div", {});
  const open = campaigns.filter((campaign) => campaign.identity_mode !== "collection-code");
  const ways = {
    import: { path: "/staff/api/roster/check", word: t("staff.roster.check"), lead: t("staff.roster.drop"), rule: t("staff.roster.rule"), done: (row, campaign, file, job) => drawReport(row, { campaign, file }, job) },
    compare: { path: "/staff/api/roster/compare", word: t("staff.roster.compare"), lead: t("staff.roster.drop_export"), rule: t("staff.roster.compare_rule"), done: (row) => row.state === "done" && fill(work, comparison(row.result)) },
  };
  const buttons = Object.keys(ways).map((way) => h("button", { type: "button", class: "segment", data: { testid: `way-${way}` } }, t(`staff.roster.way.${way}`)));
  const choose = (place) => {
    buttons.forEach((one, at) => one.setAttribute("aria-pressed", String(at === place)));
    work.replaceChildren();
    fileForm(form, { campaigns: open, accept: ACCEPT, ...Object.values(ways)[place] });
  };
  buttons.forEach((one, place) => one.addEventListener("click", () => choose(place)));
  fill(upper, h("div", { class: "segments roster-ways", role: "group", "aria-label": t("staff.roster.title") }, buttons), form);
  choose(0);
}

boot(async () => {
  const content = document.getElementById("content");
  const upper = h("section", { class: "panel" });
  work = h("div", { "aria-live": "polite" });
  imports = h("section", { class: "part" });
  fill(content, upper, work, imports);
  content.removeAttribute("aria-busy");
  drawTemplates(document.getElementById("acts"));
  let drawn = false;
  await Promise.all([
    show(upper, "/staff/api/campaigns", (data) => {
      if (drawn) return; // a file that is being chosen is not thrown away by a hint
      if (data.campaigns.length) {
        drawn = true;
        drawWays(upper, data.campaigns);
      } else fill(upper, empty("calendar", t("staff.campaigns.none"), t("staff.campaigns.none_next")));
    }),
    show(imports, "/staff/api/imports", drawImports),
  ]);
});

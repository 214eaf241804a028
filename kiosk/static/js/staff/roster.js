/*
 * The roster page: choose campaign and file, follow the import, read the report row by row, earlier imports.
 * Hooks: [data-testid=campaign|file|send|job|report|report-row|skip-bad|imports].
 */

import { Refused, Unreachable, followJob, upload } from "./api.js";
import { button, empty, fill, h, icon, mark } from "./dom.js";
import { openDialog, showMessage } from "./notices.js";
import { boot, show } from "./shell.js";
import { first, t, titled } from "./texts.js";
import { dayAndClock } from "./time.js";

const SHOWN_ROWS = 200;
const sentence = (words, prefix, args) =>
  words && typeof words === "object" ? titled(words) : first([`${prefix}.${words}`]) ? t(`${prefix}.${words}`, args ?? {}) : (words ?? "");

let form;
let work;
let imports;
let file = null;

function drawForm(holder, campaigns) {
  const select = h(
    "select",
    { id: "campaign", data: { testid: "campaign" } },
    campaigns.map((campaign) => h("option", { value: campaign.code }, titled(campaign.title))),
  );
  const active = campaigns.find((campaign) => campaign.active);
  if (active) select.value = active.code;
  const input = h("input", { type: "file", id: "file", class: "unseen", accept: ".xlsx,.xls,.csv,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", data: { testid: "file" } });
  const name = h("p", { class: "drop-name" }, t("staff.roster.no_file"));
  const drop = h(
    "label",
    { class: "drop", for: "file" },
    icon("upload"),
    h("span", { class: "drop-word" }, t("staff.roster.drop")),
    name,
    input,
  );
  const message = h("div", { class: "form-message", role: "alert", hidden: true });
  const send = button(t("staff.roster.send"), { icon: "upload", kind: "primary", data: { testid: "send" }, press: () => start(select.value, false, message) });
  send.disabled = true;
  const take = (chosen) => {
    file = chosen ?? null;
    name.textContent = file ? `${file.name} · ${size(file.size)}` : t("staff.roster.no_file");
    drop.classList.toggle("chosen", Boolean(file));
    send.disabled = !file;
    message.hidden = true;
  };
  input.addEventListener("change", () => take(input.files[0]));
  for (const event of ["dragenter", "dragover"]) {
    drop.addEventListener(event, (dragged) => {
      dragged.preventDefault();
      drop.classList.add("over");
    });
  }
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (dropped) => {
    dropped.preventDefault();
    drop.classList.remove("over");
    take(dropped.dataTransfer.files[0]);
  });
  form = { select, send, message };
  fill(
    holder,
    h("div", { class: "roster-form" }, h("label", { class: "field", for: "campaign" }, h("span", {}, t("staff.roster.campaign")), select), drop, h("div", { class: "roster-send" }, send, h("p", { class: "hint" }, t("staff.roster.rule")))),
    message,
  );
}

const size = (bytes) => (bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

async function start(campaign, skipBadRows, message) {
  if (!file) return;
  const body = new FormData();
  body.append("file", file);
  body.append("campaign", campaign);
  body.append("skip_bad_rows", skipBadRows ? "true" : "false");
  form.send.disabled = true;
  message.hidden = true;
  drawProgress({ state: "uploading", progress: null });
  try {
    const { job } = await upload("/staff/api/roster", body);
    drawReport(await followJob(job, drawProgress), campaign);
    show(imports, "/staff/api/imports", drawImports);
  } catch (error) {
    if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
    work.replaceChildren();
    showMessage(message, error);
  } finally {
    form.send.disabled = !file;
  }
}

function drawProgress(job) {
  let bar = work.querySelector("progress");
  if (!bar) {
    bar = h("progress", { max: "100", "aria-label": t("staff.roster.progress") });
    fill(work, h("div", { class: "job panel", data: { testid: "job" } }, h("p", { class: "job-word", role: "status" }), bar));
  }
  work.querySelector(".job-word").textContent = t(`staff.job.${job.state}`);
  if (job.progress === null || job.progress === undefined) bar.removeAttribute("value");
  else bar.value = Math.round(job.progress * 100);
}

function drawReport(job, campaign) {
  const result = job.result ?? {};
  const bad = result.errors ?? [];
  const errors = [...bad, ...(result.warnings ?? []).map((warning) => ({ ...warning, severity: "warning" }))];
  const total = (result.errors_total ?? bad.length) + (result.warnings_total ?? errors.length - bad.length);
  if (job.state === "failed" && errors.length === 0) {
    const code = job.refusal?.code ?? job.error ?? "internal";
    const words = job.refusal?.staff || t(`refusal.${code}.staff`, result.args ?? {});
    fill(work, h("div", { class: "panel report bad", data: { testid: "report" } }, mark("alert", words, "bad"), h("p", { class: "soft" }, job.refusal?.next || first([`refusal.${code}.next`]))));
    return;
  }
  const imported = result.imported !== false && job.state === "done";
  const badRows = Math.max(new Set(bad.map((error) => error.row)).size, imported ? 0 : (result.skipped ?? 0));
  const head = imported
    ? mark("check", t("staff.roster.imported"), "good")
    : mark("alert", t("staff.roster.not_imported", { count: badRows }), "bad");
  const counts = ["rows", "added", "changed", "unchanged", "skipped"].filter((name) => typeof result[name] === "number");
  fill(
    work,
    h(
      "section",
      { class: "panel report", data: { testid: "report", imported: String(imported) } },
      h("h2", {}, head),
      h("dl", { class: "figures" }, counts.map((name) => h("div", {}, h("dt", {}, t(`staff.roster.${name}`)), h("dd", {}, String(result[name]))))),
      !imported && bad.length
        ? h(
            "div",
            { class: "report-acts" },
            h("p", {}, t("staff.roster.mend")),
            button(t("staff.roster.skip_bad"), { icon: "check", data: { testid: "skip-bad" }, press: () => confirmSkip(campaign, badRows) }),
          )
        : null,
      errors.length ? table(errors, total) : null,
    ),
  );
  work.querySelector("h2").scrollIntoView({ block: "nearest" });
}

function confirmSkip(campaign, badRows) {
  openDialog({
    title: t("staff.roster.skip_bad"),
    lead: t("staff.roster.skip_sure", { count: badRows }),
    body: [],
    testid: "dialog-skip",
    submit: {
      word: t("staff.roster.skip_do"),
      run: async () => {
        start(campaign, true, form.message);
      },
    },
  });
}

function table(errors, total) {
  const shown = errors.slice(0, SHOWN_ROWS);
  return h(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": t("staff.roster.report") },
    h(
      "table",
      { class: "grid" },
      h("caption", { class: "unseen" }, t("staff.roster.report")),
      h("thead", {}, h("tr", {}, ["row", "column", "value", "problem", "remedy"].map((name) => h("th", { scope: "col" }, t(`staff.roster.col.${name}`))))),
      h(
        "tbody",
        {},
        shown.map((error) =>
          h(
            "tr",
            { data: { testid: "report-row", row: error.row } },
            h("td", { class: "number" }, String(error.row)),
            h("td", { class: "nowrap" }, error.column ?? ""),
            h("td", { class: "mono" }, error.value || "–"),
            h("td", {}, error.severity === "warning" ? mark("alert", sentence(error.problem, "roster.problem", error.args), "warn") : sentence(error.problem, "roster.problem", error.args)),
            h("td", {}, sentence(error.remedy ?? error.problem, "roster.remedy", error.args)),
          ),
        ),
      ),
    ),
    total > shown.length ? h("p", { class: "hint" }, t("staff.roster.more", { count: total - shown.length })) : null,
  );
}

function drawImports(data) {
  const rows = data.imports ?? [];
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
            h("thead", {}, h("tr", {}, ["at", "file_name", "campaign", "by", "added", "changed", "unchanged", "skipped"].map((name) => h("th", { scope: "col" }, t(`staff.roster.${name}`))))),
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
                  ["added", "changed", "unchanged", "skipped"].map((name) => h("td", { class: "number" }, String(row[name]))),
                ),
              ),
            ),
          ),
        ),
  );
}

boot(async () => {
  const content = document.getElementById("content");
  const upper = h("section", { class: "panel" });
  work = h("div", { "aria-live": "polite" });
  imports = h("section", { class: "part" });
  fill(content, upper, work, imports);
  content.removeAttribute("aria-busy");
  await Promise.all([
    show(upper, "/staff/api/campaigns", (data) => {
      if (data.campaigns.length) drawForm(upper, data.campaigns);
      else fill(upper, empty("calendar", t("staff.campaigns.none"), t("staff.campaigns.none_next")));
    }),
    show(imports, "/staff/api/imports", drawImports),
  ]);
});

/*
 * The reporting packages: a balance for each campaign (registered = ready + missing, by reason), making one, history.
 * Hooks: [data-testid=balance][data-campaign=CODE], [data-testid=make], [data-testid=job], [data-testid=download].
 */

import { Refused, Unreachable, followJob, write } from "./api.js";
import { button, empty, fill, h, icon, mark } from "./dom.js";
import { openDialog, sayError, toast } from "./notices.js";
import { boot, show } from "./shell.js";
import { first, t, titled } from "./texts.js";
import { dayAndClock } from "./time.js";

const PATH = "/staff/api/packages";
const running = new Map(); // campaign → job row
const AGAIN_MS = 3000; // somebody else's package is being made
let content;
let again = 0;

const reasonWord = (reason) => first([`package.missing.${reason}`, `staff.missing.${reason}`], reason);
const percent = (part, whole) => (whole ? (part / whole) * 100 : 0);
const size = (bytes) => (bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

function balance(row) {
  const missing = Object.entries(row.missing ?? {}).filter(([, count]) => count > 0).sort((a, b) => b[1] - a[1]);
  const bar = h("div", { class: "balance-bar", "aria-hidden": "true" });
  const part = (kind, count) => {
    const element = h("span", { class: kind });
    element.style.width = `${percent(count, row.registered)}%`;
    return element;
  };
  bar.append(part("ready", row.ready), ...missing.map(([, count]) => part("missing", count)));
  const missed = missing.reduce((sum, [, count]) => sum + count, 0);
  const job = running.get(row.campaign);
  return h(
    "section",
    { class: "panel balance", data: { testid: "balance", campaign: row.campaign } },
    h(
      "div",
      { class: "balance-head" },
      h("div", {}, h("h2", {}, titled(row.title)), h("p", { class: "soft" }, row.campaign)),
      button(t("staff.packages.make"), {
        icon: "box",
        kind: "primary",
        data: { testid: "make" },
        attributes: { "aria-disabled": job || row.ready === 0 ? "true" : null, title: row.ready === 0 ? t("staff.packages.nothing_ready") : null },
        press: () => job || row.ready === 0 || order(row),
      }),
    ),
    h("p", { class: "balance-sum" }, h("strong", {}, String(row.registered)), ` ${t("staff.packages.registered")} = `, h("strong", {}, String(row.ready)), ` ${t("staff.packages.ready")} + `, h("strong", {}, String(missed)), ` ${t("staff.packages.missing")}`),
    bar,
    missing.length
      ? h("ul", { class: "reasons" }, missing.map(([reason, count]) => h("li", {}, h("span", {}, reasonWord(reason)), h("span", { class: "count" }, String(count)))))
      : h("p", {}, row.registered ? mark("check", t("staff.packages.complete"), "good") : mark("clock", t("staff.packages.nobody"), "soft")),
    job ? progress(job) : null,
  );
}

function progress(job) {
  const bar = h("progress", { max: "100", "aria-label": t("staff.packages.progress") });
  if (typeof job.progress === "number") bar.value = Math.round(job.progress * 100);
  return h("div", { class: "job", data: { testid: "job" } }, h("p", { class: "job-word", role: "status" }, t(`staff.job.${job.state}`)), bar);
}

function history(rows) {
  if (!rows.length) return empty("box", t("staff.packages.none"), t("staff.packages.none_next"));
  return h(
    "ul",
    { class: "plain-list", data: { testid: "packages" } },
    rows.map((row) =>
      h(
        "li",
        { class: "line-row", data: { job: row.job } },
        icon("box"),
        h("div", { class: "grow" }, h("p", {}, row.campaign, " · ", dayAndClock(row.at)), h("p", { class: "soft" }, facts(row))),
        row.state === "done" && !row.mine
          ? h("span", { class: "soft", data: { testid: "others" } }, t("staff.packages.others"))
          : row.state === "done"
            ? h("div", { class: "part-links" }, (row.result?.parts ?? []).map((part, index, all) => h("a", { class: "button plain", href: `/staff/api/packages/${encodeURIComponent(row.job)}.zip?part=${index + 1}`, download: true, title: `SHA-256 ${part.sha256}`, data: { testid: "download" } }, icon("download"), h("span", {}, all.length > 1 ? t("staff.packages.download_part", { part: index + 1 }) : t("staff.packages.download")))))
            : row.state === "failed"
              ? mark("alert", first([`refusal.${row.error}.staff`], t("staff.job.failed")), "bad")
              : mark("clock", t(`staff.job.${row.state}`), "soft"),
      ),
    ),
  );
}

function facts(row) {
  const words = [row.by.replace(/^staff:/, "")];
  if (row.branch) words.push(row.branch);
  if (row.encrypted) words.push(t("staff.packages.encrypted"));
  if (row.result?.exported !== undefined) words.push(t("staff.packages.photos", { count: row.result.exported }));
  if (row.result?.bytes) words.push(size(row.result.bytes));
  return words.join(" · ");
}

function draw(data) {
  if (!data.balances.length) {
    fill(content, empty("calendar", t("staff.campaigns.none"), t("staff.campaigns.none_next")));
    return;
  }
  clearTimeout(again);
  if (running.size === 0 && data.packages.some((row) => row.state === "queued" || row.state === "running")) again = setTimeout(reload, AGAIN_MS);
  fill(content, data.balances.map(balance), h("section", { class: "part" }, h("h2", {}, t("staff.packages.history")), h("p", { class: "soft" }, t("staff.packages.key", { id: data.key.id })), history(data.packages)));
}

/* What is to be made: everything or a branch, with DBF, in parts, for one recipient alone; a rehearsal says what would block. */
function order(row) {
  const branch = h("select", { id: "branch", data: { testid: "branch" } }, row.whole ? h("option", { value: "" }, t("staff.packages.everybody")) : null, row.branches.map((name) => h("option", { value: name }, name)));
  const dbf = h("input", { type: "checkbox", id: "dbf", data: { testid: "dbf" } });
  const parts = h("input", { type: "number", id: "part", min: "1", max: "100000", inputmode: "numeric", data: { testid: "part" } });
  const recipient = h("input", { id: "recipient", maxlength: "200", autocomplete: "off", spellcheck: "false", placeholder: "age1…", data: { testid: "recipient" } });
  const found = h("div", { role: "status", data: { testid: "rehearsed" } });
  const wanted = () => ({
    campaign: row.campaign,
    branch: branch.value,
    dbf: dbf.checked,
    recipient: recipient.value.trim(),
    ...(parts.value ? { part_mb: Number(parts.value) } : {}),
  });
  const rehearse = button(t("staff.packages.rehearse"), { icon: "search", data: { testid: "rehearse" }, press: () => rehearsal(wanted(), found, rehearse) });
  openDialog({
    title: t("staff.packages.make"),
    lead: titled(row.title),
    testid: "order",
    wide: true,
    body: h(
      "div",
      { class: "order" },
      h("label", { class: "field", for: "branch" }, h("span", {}, t("staff.packages.branch")), branch),
      h("label", { class: "field", for: "part" }, h("span", {}, t("staff.packages.part_mb")), parts),
      h("label", { class: "choice", for: "dbf" }, dbf, h("span", {}, t("staff.packages.dbf"))),
      h("label", { class: "field", for: "recipient" }, h("span", {}, t("staff.packages.recipient")), recipient),
      rehearse,
      found,
    ),
    submit: { word: t("staff.packages.make"), run: async () => void make(row.campaign, wanted()) },
  });
}

async function rehearsal(wanted, holder, pressed) {
  pressed.disabled = true;
  fill(holder, h("progress", { "aria-label": t("staff.packages.progress") }));
  try {
    const { job } = await write(PATH, { ...wanted, rehearsal: true });
    const row = await followJob(job, () => {});
    if (row.state === "failed") {
      fill(holder, mark("alert", row.refusal?.staff ?? t("staff.job.failed"), "bad"));
      return;
    }
    const { registered, exported, bytes, problems } = row.result;
    const blocking = problems.filter((one) => one.blocks);
    const kinds = new Map();
    for (const one of problems) {
      const said = t(`package.block.${one.code}`, { field: one.field });
      const word = said === `package.block.${one.code}` ? reasonWord(one.code) : said;
      kinds.set(word, [...(kinds.get(word) ?? []), one.ordinal].filter((ordinal) => ordinal !== null));
    }
    fill(
      holder,
      h("p", {}, t("staff.packages.rehearsed", { registered, exported, missing: registered - exported, size: size(bytes) })),
      blocking.length ? mark("alert", t("staff.packages.blocked", { count: blocking.length }), "bad") : mark("check", t("staff.packages.nothing_blocks"), "good"),
      h("ul", { class: "reasons" }, [...kinds].map(([word, ordinals]) => h("li", {}, h("span", {}, word), h("span", { class: "count" }, ordinals.length > 8 ? `${ordinals.slice(0, 8).join(", ")} … (${ordinals.length})` : ordinals.join(", "))))),
    );
  } catch (error) {
    if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
    fill(holder, mark("alert", error instanceof Refused ? error.staff : t("staff.lost.title"), "bad"));
  } finally {
    pressed.disabled = false;
  }
}

async function make(campaign, wanted) {
  running.set(campaign, { state: "queued", progress: null });
  try {
    const { job } = await write(PATH, wanted);
    await reload();
    const row = await followJob(job, (step) => {
      running.set(campaign, step);
      content.querySelector(`[data-campaign="${CSS.escape(campaign)}"] .job`)?.replaceWith(progress(step));
    });
    running.delete(campaign);
    if (row.state === "done") toast(t("staff.packages.done"));
    else toast(first([`refusal.${row.error}.staff`], t("staff.job.failed")), { tone: "bad", next: first([`refusal.${row.error}.next`]) });
  } catch (error) {
    if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
    running.delete(campaign);
    sayError(error);
  }
  await reload();
}

const reload = () => show(content, PATH, draw);

boot(async () => {
  content = document.getElementById("content");
  await reload();
});

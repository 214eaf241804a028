/*
 * Campaign, file, send: the form with which a file goes in, its progress and its refusal. Where it takes a folder as
 * well, that is sent as one zip.
 * Hooks: [data-testid=campaign|file|folder|send|job].
 */

import { Refused, Unreachable, followJob, upload } from "./api.js";
import { button, fill, h, icon } from "./dom.js";
import { ZIP_BYTES, ZIP_FILES, chosenFolder, droppedFolder, zip, zipSize } from "./folder.js";
import { Incomplete, showMessage } from "./notices.js";
import { t, titled } from "./texts.js";

export const size = (bytes) => (bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

/**
 * Draw the form into `holder`. `path` takes the upload and answers with a job; `done(row, campaign)` gets the job's
 * row at its end, its campaign, the file and the job. `limits`: `{files, bytes}` that the server takes, for a form that
 * takes folders; what is more is not sent. No campaign is chosen where there are several: a file for the wrong one is a bad surprise.
 */
export function fileForm(holder, { campaigns, path, accept, word, lead, rule, more = [], none = t("staff.roster.no_file"), seconds, limits = null, done }) {
  let file = null;
  let folder = null;
  const options = campaigns.map((campaign) => h("option", { value: campaign.code }, titled(campaign.title)));
  if (campaigns.length !== 1) options.unshift(h("option", { value: "" }, t("staff.file.choose")));
  const select = h("select", { id: "campaign", required: true, data: { testid: "campaign" } }, options);
  const input = h("input", { type: "file", id: "file", class: "unseen", accept, data: { testid: "file" } });
  const name = h("p", { class: "drop-name" }, none);
  const drop = h("label", { class: "drop", for: "file" }, icon("upload"), h("span", { class: "drop-word" }, lead), name, input);
  const message = h("div", { class: "form-message", role: "alert", hidden: true });
  const send = button(word, { icon: "upload", kind: "primary", data: { testid: "send" }, press: () => start() });
  const work = h("div", {});
  const ready = () => (send.disabled = !(file || folder) || !select.value);
  const shown = (word) => {
    name.textContent = word || none;
    drop.classList.toggle("chosen", Boolean(word));
    message.hidden = true;
    ready();
  };
  const take = (chosen) => {
    file = chosen ?? null;
    folder = null;
    shown(file ? `${file.name} · ${size(file.size)}` : "");
  };
  const takeFolder = (chosen) => {
    folder = chosen;
    file = null;
    input.value = "";
    const bytes = folder.entries.reduce((sum, row) => sum + row.file.size, 0);
    shown(`${t("collection.folder_named", { name: folder.name, count: folder.entries.length })} · ${size(bytes)}`);
  };
  select.addEventListener("change", ready);
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
    const found = limits ? droppedFolder(dropped.dataTransfer) : null;
    if (!found) take(dropped.dataTransfer.files[0]);
    else found.then(takeFolder, () => showMessage(message, new Incomplete(t("collection.folder_unreadable"))));
  });
  const picker = h("input", { type: "file", hidden: true, webkitdirectory: true, data: { testid: "folder" } });
  picker.addEventListener("change", () => picker.files.length && takeFolder(chosenFolder(picker.files)));
  const pickFolder = () => {
    picker.value = ""; // the folder that was chosen before may be chosen again
    picker.click();
  };
  const pick = limits ? [button(t("collection.folder"), { icon: "box", press: pickFolder }), picker] : null;

  /** The word is drawn when it is another one: a reader says it once, not with each step of the bar. */
  function progress(job) {
    const said = job.word ?? t(`staff.job.${job.state}`);
    let bar = work.querySelector("progress");
    if (work.querySelector(".job-word")?.textContent !== said) {
      bar = h("progress", { max: "100", "aria-label": t("staff.roster.progress") });
      fill(work, h("div", { class: "job panel", data: { testid: "job" } }, h("p", { class: "job-word", role: "status" }, said), bar));
    }
    if (typeof job.progress === "number") bar.value = Math.round(job.progress * 100);
  }

  /** The file that goes in. Throws `Incomplete` where it holds more than the server takes. */
  async function body() {
    if (limits) check();
    if (file) return file;
    try {
      return new File([await zip(folder.entries, (share) => progress({ word: t("collection.packing"), progress: share }))], `${folder.name}.zip`);
    } catch {
      throw new Incomplete(t("collection.folder_unreadable")); // it was moved or changed after it was chosen
    }
  }

  function check() {
    const rows = folder?.entries;
    const most = { files: Math.min(limits.files, ZIP_FILES), bytes: folder ? Math.min(limits.bytes, ZIP_BYTES) : limits.bytes };
    if (rows && !rows.length) throw new Incomplete(t("collection.folder_empty"));
    if (rows && rows.length > most.files) throw new Incomplete(t("collection.too_many", { files: rows.length, limit: most.files }));
    const bytes = rows ? zipSize(rows) : file.size;
    if (bytes > most.bytes) throw new Incomplete(t("collection.too_large", { size: size(bytes), limit: size(most.bytes) }));
  }

  async function start() {
    send.disabled = true;
    message.hidden = true;
    try {
      const content = await body();
      const form = new FormData();
      form.append("file", content);
      form.append("campaign", select.value);
      for (const field of more) form.append(field.name, field.type === "checkbox" ? String(field.checked) : field.value);
      progress({ state: "uploading", progress: null });
      const { job } = await upload(path, form, seconds, (share) => progress({ state: "uploading", progress: share }));
      const row = await followJob(job, progress);
      work.replaceChildren();
      if (row.state === "failed") showMessage(message, new Refused(row.refusal ?? { code: row.error, staff: t("staff.job.failed"), next: "" }));
      await done(row, select.value, content, job);
    } catch (error) {
      if (!(error instanceof Refused || error instanceof Unreachable || error instanceof Incomplete)) throw error;
      work.replaceChildren();
      showMessage(message, error);
    } finally {
      ready();
    }
  }

  ready();
  fill(
    holder,
    h("div", { class: "roster-form" }, h("label", { class: "field", for: "campaign" }, h("span", {}, t("staff.roster.campaign")), select), limits ? h("div", { class: "drop-or" }, drop, pick) : drop, h("div", { class: "roster-send" }, send, more.map((field) => field.closest("label") ?? field), rule ? h("p", { class: "hint" }, rule) : null)),
    message,
    work,
  );
}

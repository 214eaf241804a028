/*
 * Campaign, file, send: the form with which a file goes in, its progress and its refusal.
 * Hooks: [data-testid=campaign|file|send|job].
 */

import { Refused, Unreachable, followJob, upload } from "./api.js";
import { button, fill, h, icon } from "./dom.js";
import { showMessage } from "./notices.js";
import { t, titled } from "./texts.js";

export const size = (bytes) => (bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

/**
 * Draw the form into `holder`. `path` takes the upload and answers with a job; `done(row, campaign)` gets the job's
 * row at its end, its campaign, the file and the job. No campaign is chosen where there are several: a file for the wrong one is a bad surprise.
 */
export function fileForm(holder, { campaigns, path, accept, word, lead, rule, more = [], none = t("staff.roster.no_file"), seconds, done }) {
  let file = null;
  const options = campaigns.map((campaign) => h("option", { value: campaign.code }, titled(campaign.title)));
  if (campaigns.length !== 1) options.unshift(h("option", { value: "" }, t("staff.file.choose")));
  const select = h("select", { id: "campaign", required: true, data: { testid: "campaign" } }, options);
  const input = h("input", { type: "file", id: "file", class: "unseen", accept, data: { testid: "file" } });
  const name = h("p", { class: "drop-name" }, none);
  const drop = h("label", { class: "drop", for: "file" }, icon("upload"), h("span", { class: "drop-word" }, lead), name, input);
  const message = h("div", { class: "form-message", role: "alert", hidden: true });
  const send = button(word, { icon: "upload", kind: "primary", data: { testid: "send" }, press: () => start() });
  const work = h("div", {});
  const ready = () => (send.disabled = !file || !select.value);
  const take = (chosen) => {
    file = chosen ?? null;
    name.textContent = file ? `${file.name} · ${size(file.size)}` : none;
    drop.classList.toggle("chosen", Boolean(file));
    message.hidden = true;
    ready();
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
    take(dropped.dataTransfer.files[0]);
  });

  function progress(job) {
    const bar = h("progress", { max: "100", "aria-label": t("staff.roster.progress") });
    if (typeof job.progress === "number") bar.value = Math.round(job.progress * 100);
    fill(work, h("div", { class: "job panel", data: { testid: "job" } }, h("p", { class: "job-word", role: "status" }, t(`staff.job.${job.state}`)), bar));
  }

  async function start() {
    const body = new FormData();
    body.append("file", file);
    body.append("campaign", select.value);
    for (const field of more) body.append(field.name, field.type === "checkbox" ? String(field.checked) : field.value);
    send.disabled = true;
    message.hidden = true;
    progress({ state: "uploading", progress: null });
    try {
      const { job } = await upload(path, body, seconds);
      const row = await followJob(job, progress);
      work.replaceChildren();
      if (row.state === "failed") showMessage(message, new Refused(row.refusal ?? { code: row.error, staff: t("staff.job.failed"), next: "" }));
      await done(row, select.value, file, job);
    } catch (error) {
      if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
      work.replaceChildren();
      showMessage(message, error);
    } finally {
      ready();
    }
  }

  ready();
  fill(
    holder,
    h("div", { class: "roster-form" }, h("label", { class: "field", for: "campaign" }, h("span", {}, t("staff.roster.campaign")), select), drop, h("div", { class: "roster-send" }, send, more.map((field) => field.closest("label") ?? field), rule ? h("p", { class: "hint" }, rule) : null)),
    message,
    work,
  );
}

/* What the planners' pages share: presses with their key, a file for the worker, a document from it. */

import { Refused, Unreachable, followJob, mintKey, upload, write } from "./api.js";
import { sayError, toast } from "./notices.js";
import { first, t } from "./texts.js";

/** One press of a planner's action; a body with its own `key` may be sent again after `Unreachable`. */
export function press(name, body = {}) {
  return write(`/staff/api/plan/${encodeURIComponent(name)}`, { key: mintKey(), ...body });
}

/** Run `work` and say what went wrong; true when it went well. */
export async function tried(work) {
  try {
    await work();
    return true;
  } catch (error) {
    if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
    sayError(error);
    return false;
  }
}

/** Wait for a job; its result, or an error that `sayError` understands. */
export async function resultOf(job) {
  const row = await followJob(job, () => {});
  if (row.state === "done") return row.result;
  throw new Refused(row.refusal ?? { code: row.error ?? "internal", staff: first([`refusal.${row.error}.staff`], t("staff.job.failed")) }, 409);
}

/** Ask the worker for a document and fetch it when it is there. */
export async function fetchDocument(path, body) {
  toast(t("staff.job.running"));
  const { job } = await write(path, body);
  await resultOf(job);
  const link = document.createElement("a");
  link.href = `/staff/api/documents/${encodeURIComponent(job)}`;
  link.download = "";
  document.body.append(link);
  link.click();
  link.remove();
}

/** Send a campaign file to the worker; what it says. */
export async function readFile(file) {
  const form = new FormData();
  form.append("file", file);
  const { job } = await upload("/staff/api/campaign-files", form);
  return resultOf(job);
}

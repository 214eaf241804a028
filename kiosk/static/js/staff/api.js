/* Speaking with the server: reads, presses with their key, and refusals as one kind of error. */

import { refusedAsLocked, whenOpen } from "./gate.js";
import { t } from "./texts.js";

const csrf = () => document.querySelector('meta[name="csrf-token"]')?.content ?? "";

/** The server refused; `staff` and `next` are its sentences. */
export class Refused extends Error {
  constructor(refusal, status) {
    super(refusal?.code ?? "internal");
    this.code = refusal?.code ?? "internal";
    this.category = refusal?.category ?? "system";
    this.staff = refusal?.staff || t(`refusal.${this.code}.staff`);
    this.next = refusal?.next || "";
    this.args = refusal?.args ?? {};
    this.status = status;
  }
}

/** No answer came: it is unknown whether the server acted; the same key may be sent again. */
export class Unreachable extends Error {}

/** A key for one press: 32 hex digits. */
export function mintKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function answerOf(response) {
  let body = null;
  try {
    body = await response.json();
  } catch {
    if (response.ok) throw new Unreachable("no JSON");
  }
  if (body?.refusal?.code === "login_required") {
    location.assign(`/staff/login?next=${encodeURIComponent(location.pathname)}`);
    return new Promise(() => {}); // the page is left; nobody waits for this answer any more
  }
  if (!response.ok || body?.ok === false) throw new Refused(body?.refusal, response.status);
  return body;
}

/** Once through the gate: a locked page sends nothing and is told nothing; what the lock refused is sent again. */
async function send(path, options, seconds) {
  for (;;) {
    await whenOpen();
    try {
      const answer = await sendNow(path, options, seconds);
      await whenOpen();
      return answer;
    } catch (error) {
      if (error instanceof Refused && error.code === "session_locked") {
        await refusedAsLocked();
        continue;
      }
      await whenOpen();
      throw error;
    }
  }
}

async function sendNow(path, options, seconds) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), seconds * 1000);
  try {
    const ask = options.onSent ? fetchWatched : fetch;
    return await answerOf(await ask(path, { ...options, signal: stop.signal, credentials: "same-origin", cache: "no-store" }));
  } catch (error) {
    if (error instanceof Refused || error instanceof Unreachable) throw error;
    throw new Unreachable(error.message);
  } finally {
    clearTimeout(timer);
  }
}

/** As `fetch`, and `options.onSent(share)` is told how much of the body is on its way, which fetch does not say. */
function fetchWatched(path, options) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(options.method, path);
    for (const [name, value] of Object.entries(options.headers)) request.setRequestHeader(name, value);
    request.upload.addEventListener("progress", (sent) => sent.lengthComputable && options.onSent(sent.loaded / sent.total));
    request.addEventListener("load", () => resolve(new Response(request.responseText, { status: request.status })));
    for (const end of ["error", "abort"]) request.addEventListener(end, () => reject(new TypeError(end)));
    options.signal.addEventListener("abort", () => request.abort());
    request.send(options.body);
  });
}

/** GET a JSON answer. */
export const read = (path) => send(path, { headers: { Accept: "application/json" } }, 10);

const post = (body) => ({
  method: "POST",
  headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRF-Token": csrf(), "X-CSRFToken": csrf() },
  body: JSON.stringify(body),
});

/** POST JSON. */
export const write = (path, body) => send(path, post(body), 15);

/** POST JSON past the gate: for the lock itself. */
export const writeLocked = (path, body) => sendNow(path, { ...post(body), keepalive: true }, 15); // outlives the page

/** POST a form with a file; `onSent(share)` is told how much of it is on its way. */
export const upload = (path, form, seconds = 120, onSent = null) =>
  send(path, { method: "POST", headers: { Accept: "application/json", "X-CSRF-Token": csrf(), "X-CSRFToken": csrf() }, body: form, onSent }, seconds);

/** One press of a staff action: the key is minted here, and `send` may be called again after `Unreachable`. */
export class Press {
  constructor(name, body) {
    this.name = name;
    this.body = body;
    this.key = mintKey();
  }

  /** `live`: whose list is on the page; the answer then brings only the rows of it that changed. */
  send(live = null) {
    const path = `/staff/api/actions/${encodeURIComponent(this.name)}`;
    return write(live ? live.address(path) : path, { ...this.body, key: this.key });
  }
}

/** The job's row every half second until it is done or failed; `onStep` sees each. */
export async function followJob(job, onStep) {
  for (;;) {
    try {
      const row = await read(`/staff/api/jobs/${encodeURIComponent(job)}`);
      onStep(row);
      if (row.state === "done" || row.state === "failed") return row;
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      onStep({ state: "unreachable", progress: null });
    }
    await new Promise((resume) => setTimeout(resume, 500));
  }
}

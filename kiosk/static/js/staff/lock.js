/*
 * Locks the page: whatever stands on it is taken out of the document and kept in this page's memory alone, so that a
 * glance, a screenshot or the inspector finds nothing; PIN or password put it back where it was, half-written text too.
 *
 * Hooks: #lock (the bar's button), [data-testid=lock] (what stands instead of the page), unlock-secret, unlock,
 * unlock-other (PIN or password), unlock-message, [data-digit].
 */

import { Refused, Unreachable, writeLocked } from "./api.js";
import { button, fill, h, icon } from "./dom.js";
import { close, isLocked, onLocked, open } from "./gate.js";
import { t } from "./texts.js";

const CHECK_MS = 1000;
const KEPT = "staff.locked"; // which turn of which session is locked: a reload does not open it
const DIGITS = 6;

const facts = document.body.dataset;
const minutes = Number(facts.lockMinutes || 0);
let touched = Date.now();
let away = null; // what was taken out of the document
let telling = null; // the word to the server that the page is locked: unlocking comes after it
let others = null; // this member's other pages

/** Mind the page: its button, its idle time, its sister pages, what the server says. */
export function guard() {
  if (!facts.lockSession) return;
  onLocked(() => lock(null));
  document.getElementById("lock")?.addEventListener("click", () => lock("button"));
  others = new BroadcastChannel(`staff-lock-${facts.lockSession}`);
  others.addEventListener("message", ({ data }) => {
    if (data === "touched") touched = Date.now();
    else if (data === "locked") lock(null);
    else unlock(data);
  });
  for (const event of ["pointerdown", "keydown", "input"]) addEventListener(event, noticed, { passive: true, capture: true });
  for (const event of ["keydown", "keyup", "click"]) addEventListener(event, holdBack, { capture: true });
  setInterval(lookAtClock, CHECK_MS);
  document.addEventListener("visibilitychange", lookAtClock); // a tablet that slept
  addEventListener("pageshow", lookAtClock);
  if (localStorage.getItem(KEPT) === turn()) lock("idle");
}

let said = 0;
function noticed() {
  if (isLocked()) return;
  touched = Date.now();
  if (touched - said < CHECK_MS) return;
  said = touched;
  others.postMessage("touched");
}

function lookAtClock() {
  if (minutes && !isLocked() && Date.now() - touched > minutes * 60000) lock("idle");
}

/** The page's own keys and clicks do not work while it is away. */
function holdBack(event) {
  if (!isLocked() || event.target.closest?.("[data-testid=lock]")) return;
  event.stopImmediatePropagation();
  if (event.type === "keydown" && !event.ctrlKey && !event.metaKey) document.getElementById("unlock-secret")?.focus();
}

/** Lock now. `cause` is what the server is told (button, idle); null: it knows. */
function lock(cause) {
  if (isLocked()) return;
  close();
  localStorage.setItem(KEPT, turn());
  takeAway();
  showLock();
  if (!cause) return;
  others.postMessage("locked");
  const tell = () => {
    telling = writeLocked("/staff/api/lock", { cause }).catch(() => {}); // the server counts for itself, too
  };
  tell();
  addEventListener("online", () => isLocked() && tell(), { once: true });
}

function takeAway() {
  const body = document.body;
  const moved = [...body.querySelectorAll("*")].filter((element) => element.scrollTop || element.scrollLeft);
  away = {
    page: document.createDocumentFragment(),
    dialogs: [...body.querySelectorAll("dialog[open]")],
    focus: document.activeElement,
    scrolled: moved.map((element) => [element, element.scrollTop, element.scrollLeft]),
    top: scrollY,
    left: scrollX,
  };
  away.page.append(...body.childNodes);
  body.classList.add("door");
}

function putBack() {
  const { page, dialogs, focus, scrolled, top, left } = away;
  away = null;
  document.body.classList.remove("door");
  document.body.replaceChildren(page);
  for (const dialog of dialogs) {
    dialog.removeAttribute("open"); // out of the document it is no longer on top: it is shown anew
    dialog.showModal();
  }
  scrollTo(left, top);
  for (const [element, down, right] of scrolled) {
    element.scrollTop = down;
    element.scrollLeft = right;
  }
  focus?.focus?.({ preventScroll: true });
}

/** Which time between two unlockings of which session this is. */
const turn = () => `${facts.lockSession}.${facts.lockTurn}`;

/** Everything is back where it was; what waited at the gate goes on. `next`: the turn that begins. */
function unlock(next) {
  facts.lockTurn = String(next);
  if (!isLocked()) return;
  touched = Date.now();
  localStorage.removeItem(KEPT);
  putBack();
  open();
  dispatchEvent(new Event("unlocked"));
}

function showLock() {
  const byPin = facts.lockPin === "1";
  const message = h("div", { class: "form-message", role: "alert", hidden: true, data: { testid: "unlock-message" } });
  const secret = h("input", { id: "unlock-secret", type: "password", autocomplete: "off", required: true, data: { testid: "unlock-secret" } });
  const word = h("span", {});
  const pad = keypad(secret, () => form.requestSubmit());
  const other = byPin ? button("", { kind: "quiet", data: { testid: "unlock-other" }, press: () => choose(secret.inputMode !== "numeric") }) : null;
  const send = h("button", { class: "button primary wide", data: { testid: "unlock" } }, t("lock.unlock"));
  const form = h("form", { novalidate: true }, h("label", { class: "field" }, word, secret), pad, message, send, other);
  const choose = (pin) => {
    secret.value = "";
    secret.inputMode = pin ? "numeric" : "text";
    secret.maxLength = pin ? DIGITS : 200;
    word.textContent = t(pin ? "lock.pin" : "lock.password");
    pad.hidden = !pin;
    other?.replaceChildren(t(pin ? "lock.by_password" : "lock.by_pin"));
    secret.focus();
  };
  secret.addEventListener("input", () => secret.inputMode === "numeric" && secret.value.length === DIGITS && form.requestSubmit());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    tryOnce(secret, send, message);
  });
  const csrf = document.querySelector('meta[name="csrf-token"]')?.content ?? "";
  const leave = h("form", { method: "post", action: "/staff/logout" }, h("input", { type: "hidden", name: "csrf_token", value: csrf }), h("button", { class: "button quiet wide", data: { testid: "lock-logout" } }, t("lock.other_person")));
  const stay = (event) => event.stopPropagation(); // the keys of the page that is away
  fill(
    document.body,
    h(
      "main",
      { class: "door-card lock-card", id: "main", data: { testid: "lock" }, on: { keydown: stay, keyup: stay, click: stay } },
      h("div", { class: "lock-head" }, icon("lock"), h("h1", {}, t("lock.title"))),
      h("p", { class: "soft" }, t("lock.lead", { name: facts.lockName })),
      form,
      byPin ? null : h("p", { class: "hint" }, t("lock.no_pin")),
      leave,
    ),
  );
  choose(byPin);
}

function keypad(secret, done) {
  const press = (digit) => {
    if (secret.value.length >= DIGITS) return;
    secret.value += digit;
    if (secret.value.length === DIGITS) done();
  };
  const key = (digit) => h("button", { type: "button", class: "button lock-key", data: { digit }, on: { click: () => press(digit) } }, digit);
  const erase = h("button", { type: "button", class: "button lock-key quiet", "aria-label": t("lock.erase"), on: { click: () => (secret.value = secret.value.slice(0, -1)) } }, icon("back"));
  return h("div", { class: "lock-pad", role: "group", "aria-label": t("lock.keypad") }, [..."123456789"].map(key), h("span", {}), key("0"), erase);
}

async function tryOnce(secret, send, message) {
  if (send.disabled || !secret.value) return secret.focus();
  send.disabled = true;
  message.hidden = true;
  try {
    await telling;
    const { turn: next } = await writeLocked("/staff/api/unlock", { session: facts.lockSession, secret: secret.value });
    others.postMessage(next);
    unlock(next);
  } catch (error) {
    if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
    const words = error instanceof Refused ? [error.staff, error.next] : [t("lock.lost"), t("lock.lost_next")];
    fill(message, icon("alert"), h("div", {}, h("p", {}, words[0]), h("p", { class: "soft" }, words[1])));
    message.hidden = false;
    if (error instanceof Refused) secret.value = "";
    secret.focus();
  } finally {
    send.disabled = false;
  }
}

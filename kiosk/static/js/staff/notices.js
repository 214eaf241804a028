/* Toasts (what happened, with undo or retry) and dialogs (what needs a reason), one of each kind for all pages. */

import { button, fill, h, icon } from "./dom.js";
import { Refused, Unreachable } from "./api.js";
import { t } from "./texts.js";

const STAY_MS = 8000;

/** Say something at the lower edge. `tone`: good, warn, bad. `act`: `{word, run, icon}` adds a button. */
export function toast(sentence, { tone = "good", next = "", act = null } = {}) {
  const holder = document.getElementById("toasts");
  const close = () => note.remove();
  const note = h(
    "div",
    { class: `toast ${tone}`, data: { testid: "toast" } },
    icon(tone === "good" ? "check" : tone === "warn" ? "broken" : "alert"),
    h("div", { class: "toast-text" }, h("p", {}, sentence), next ? h("p", { class: "soft" }, next) : null),
    act
      ? button(act.word, {
          icon: act.icon,
          kind: "plain",
          data: { testid: "toast-action" },
          press: () => {
            close();
            act.run();
          },
        })
      : null,
    button("", { icon: "cross", kind: "quiet", label: t("staff.close"), press: close }),
  );
  while (holder.children.length >= 3) holder.firstElementChild.remove();
  holder.append(note);
  if (tone === "good") setTimeout(close, STAY_MS);
  return close;
}

/** The sentence for an error; `retry` is offered where the answer is unknown. */
export function sayError(error, retry = null) {
  if (error instanceof Unreachable) {
    toast(t("staff.lost.press"), {
      tone: "warn",
      next: t("staff.lost.press_next"),
      act: retry ? { word: t("staff.retry"), icon: "refresh", run: retry } : null,
    });
  } else if (error instanceof Refused) {
    toast(error.staff, { tone: "bad", next: error.next });
  } else {
    throw error;
  }
}

/**
 * A modal dialog. `body` are nodes; `submit` is `{word, kind, run(form)}`: it closes when `run` resolves, shows the
 * refusal or the lost connection inside and stays open otherwise. Returns the dialog element.
 */
export function openDialog({ title, lead = "", body, submit, wide = false, testid }) {
  const message = h("div", { class: "form-message", role: "alert", hidden: true });
  const send = submit
    ? h("button", { type: "submit", class: `button ${submit.kind ?? "primary"}`, data: { testid: "dialog-submit" } }, submit.word)
    : null;
  const cancel = button(submit ? t("staff.back") : t("staff.close"), { data: { testid: "dialog-cancel" }, press: () => dialog.close() });
  const form = h(
    "form",
    { method: "dialog", novalidate: true },
    h(
      "header",
      { class: "dialog-head" },
      h("h2", { id: "dialog-title" }, title),
      button("", { icon: "cross", kind: "quiet", label: t("staff.close"), press: () => dialog.close() }),
    ),
    h("div", { class: "dialog-body", tabindex: "-1" }, lead ? h("p", { class: "soft" }, lead) : null, body),
    message, // beside the buttons: it is seen without leaving the field that lacks something
    h("footer", { class: "dialog-foot" }, cancel, send),
  );
  const dialog = h("dialog", { class: wide ? "dialog wide" : "dialog", "aria-labelledby": "dialog-title", data: { testid } }, form);
  const opener = document.activeElement;
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (opener?.isConnected) opener.focus({ preventScroll: true });
  });
  let filled = false; // a thumb beside the dialog doesn't throw away what was filled in
  form.addEventListener("input", () => (filled = true));
  dialog.addEventListener("click", (event) => event.target === dialog && !filled && dialog.close());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!submit || send.disabled) return;
    send.disabled = true;
    message.hidden = true;
    try {
      await submit.run(form);
      dialog.close();
    } catch (error) {
      if (!(error instanceof Refused || error instanceof Unreachable || error instanceof Incomplete)) throw error;
      showMessage(message, fieldWrong(form, error) ?? error);
    } finally {
      send.disabled = false;
    }
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** The form lacks something; the message says what, `field` gets the focus. */
export class Incomplete extends Error {
  constructor(sentence, field = null) {
    super(sentence);
    field?.focus();
  }
}

/** The field of the form that the server found malformed, as what the form lacks; null for every other error. */
function fieldWrong(form, error) {
  if (!(error instanceof Refused) || error.code !== "bad_request") return null;
  const field = form.elements.namedItem(error.args.what ?? "");
  const label = field instanceof Element ? field.closest("label")?.querySelector("span")?.textContent : "";
  return label ? new Incomplete(t("staff.form.field_wrong", { field: label }), field) : null;
}

/** Show an error inside a form. */
export function showMessage(holder, error) {
  const [sentence, next] =
    error instanceof Refused
      ? [error.staff, error.next]
      : error instanceof Unreachable
        ? [t("staff.lost.press"), t("staff.lost.press_again")]
        : [error.message, ""];
  fill(holder, icon("alert"), h("div", {}, h("p", {}, sentence), next ? h("p", { class: "soft" }, next) : null));
  holder.hidden = false;
  holder.scrollIntoView({ block: "nearest" });
}

/**
 * Reason: a list of choices and free text. `read()` gives one sentence or throws `Incomplete`. The words are kept as they
 * are written, so the choices are short sentences, not codes.
 */
export function reasonFields(action) {
  const choices = [];
  for (let index = 1; index <= 6; index += 1) {
    const sentence = t(`staff.reason.${action}.${index}`);
    if (sentence !== `staff.reason.${action}.${index}`) choices.push(sentence);
  }
  const note = h("textarea", { id: "reason-note", rows: "2", maxlength: "300", data: { testid: "reason-note" } });
  const list = h(
    "fieldset",
    { class: "choices" },
    h("legend", {}, t("staff.reason.title")),
    choices.map((sentence, index) =>
      h(
        "label",
        { class: "choice" },
        h("input", { type: "radio", name: "reason", value: sentence, data: { testid: `reason-${index + 1}` } }),
        h("span", {}, sentence),
      ),
    ),
  );
  const node = h(
    "div",
    { class: "reason" },
    list,
    h("label", { class: "field", for: "reason-note" }, h("span", {}, t("staff.reason.note")), note),
    h("p", { class: "hint" }, t("staff.reason.hint")),
  );
  const get = () => {
    const chosen = list.querySelector("input:checked")?.value ?? "";
    const words = note.value.trim();
    if (!chosen && !words) throw new Incomplete(t("staff.reason.missing"), list.querySelector("input") ?? note);
    return chosen && words ? `${chosen}（${words}）` : chosen || words;
  };
  return { node, get };
}

/* The fields of a campaign as form controls: made from the value, read back into it. One kind of control a field. */

import { h } from "./dom.js";
import { has, language, t } from "./texts.js";

const KINDS = {
  code: "text",
  title: "title",
  cohort: "text",
  school_codes: "checks",
  intake_terms: "words",
  earlier_students: "switch",
  identity_mode: "radio",
  assurances: "checks",
  refuse_flags: "checks",
  modes: "checks",
  own_auto: "switch",
  profile: "select",
  shots: "number",
  validity_days: "number",
  capture_from: "date",
  capture_until: "date",
  roster_deadline: "date",
  late_policy: "radio",
  check_until: "date",
  upload_on: "date",
  slot_minutes: "number",
  screening: "select",
  temperature_required: "switch",
  opening: "select",
  retention: "retention",
  fee_cents: "yuan",
};

const word = (field, value) => {
  const keys = [`plan.value.${field}.${value}`, `staff.assurance.${value}`, `staff.flag.${value}`, `collection.mode.${value}`];
  const key = keys.find(has);
  return key ? t(key) : value;
};

/** The words of a value, for the preview. */
export function shown(field, value, choices) {
  if (value === null || value === undefined || value === "" || (Array.isArray(value) && !value.length)) return t(has(`plan.empty.${field}`) ? `plan.empty.${field}` : "plan.empty");
  if (field === "title") return [value.zh_CN, value.en].filter(Boolean).join(" · ") || t("plan.empty");
  if (field === "fee_cents") return t("staff.campaigns.yuan", { amount: (value / 100).toFixed(2) });
  if (field === "retention") return Object.entries(value).map(([kind, days]) => t("plan.days_of", { kind: t(`plan.retention.${kind}`), days })).join(language === "en" ? "; " : "；");
  if (typeof value === "boolean") return t(value ? "plan.yes" : "plan.no");
  if (Array.isArray(value)) return value.map((item) => word(field, item)).join(language === "en" ? ", " : "、");
  if (field === "profile") {
    const found = choices.profile.find((choice) => choice.value === value);
    return found ? `${found.title[language]} (${value})` : value;
  }
  return word(field, value);
}

function options(field, choices) {
  const listed = choices[field] ?? [];
  return listed.map((choice) => {
    if (typeof choice === "string") return { value: choice, text: word(field, choice) };
    if (field === "profile") return { value: choice.value, text: `${choice.title[language]} · ${choice.value}` };
    if (field === "screening") return { value: choice.value, text: t("plan.screening_choice", { name: choice.value, version: choice.version, count: choice.questions }) };
    return { value: choice.value, text: t("plan.opening_choice", { name: choice.value, version: choice.version, count: choice.lines }) };
  });
}

function control(kind, field, value, choices, id) {
  const plain = { id, name: field, autocomplete: "off", data: { testid: `field-${field}` } };
  if (kind === "text") return h("input", { ...plain, maxlength: "40", value: value ?? "", ...(field === "code" ? { autocapitalize: "none", spellcheck: "false" } : {}) });
  if (kind === "words") return h("input", { ...plain, inputmode: "numeric", value: (value ?? []).join(", "), placeholder: "202409, 202503" });
  if (kind === "date") return h("input", { ...plain, type: "date", value: value ?? "" });
  if (kind === "number") return h("input", { ...plain, type: "number", inputmode: "numeric", min: "1", value: value ?? "" });
  if (kind === "yuan") return h("input", { ...plain, type: "number", inputmode: "decimal", min: "0", step: "0.01", value: value === undefined ? "" : value / 100 });
  if (kind === "switch") return h("label", { class: "choice single" }, h("input", { ...plain, type: "checkbox", checked: value ?? choices.defaults?.[field] ?? true }), h("span", {}, t(`plan.switch.${field}`)));
  if (kind === "select")
    return h(
      "select",
      plain,
      h("option", { value: "" }, t(field === "opening" ? "plan.opening_site" : "plan.choose")),
      options(field, choices).map((option) => h("option", { value: option.value, selected: option.value === value }, option.text)),
    );
  return null;
}

/** A field as a node; `problem` is the code of what is wrong with it. */
export function fieldNode(field, value, choices, problem) {
  const kind = KINDS[field];
  const id = `f-${field}`;
  const hint = has(`plan.hint.${field}`) ? h("p", { class: "hint", id: `${id}-hint` }, t(`plan.hint.${field}`)) : null;
  const wrong = problem ? h("p", { class: "field-wrong", role: "alert" }, t(`plan.problem.${problem}`)) : null;
  const attributes = { class: problem ? "plan-field wrong" : "plan-field", data: { field } };
  if (kind === "checks" || kind === "radio") {
    const chosen = kind === "checks" ? new Set(value ?? []) : new Set([value]);
    return h(
      "fieldset",
      attributes,
      h("legend", {}, t(`plan.field.${field}`)),
      h(
        "div",
        { class: "choice-grid" },
        options(field, choices).map((option) =>
          h("label", { class: "choice single" }, h("input", { type: kind === "checks" ? "checkbox" : "radio", name: field, value: option.value, checked: chosen.has(option.value), data: { testid: `field-${field}-${option.value}` } }), h("span", {}, option.text)),
        ),
      ),
      hint,
      wrong,
    );
  }
  if (kind === "title" || kind === "retention") {
    const parts = kind === "title" ? ["zh_CN", "en"] : choices.retention;
    return h(
      "fieldset",
      attributes,
      h("legend", {}, t(`plan.field.${field}`)),
      parts.map((part) =>
        h(
          "label",
          { class: "field inline" },
          h("span", {}, t(`plan.${field}.${part}`)),
          h("input", { name: `${field}.${part}`, type: kind === "title" ? "text" : "number", min: "0", maxlength: "120", value: (value ?? {})[part] ?? "", data: { testid: `field-${field}-${part}` } }),
        ),
      ),
      hint,
      wrong,
    );
  }
  const input = control(kind, field, value, choices, id);
  if (kind === "switch") return h("div", attributes, h("p", { class: "plan-label" }, t(`plan.field.${field}`)), input, hint, wrong);
  return h("div", attributes, h("label", { class: "field", for: id }, h("span", {}, t(`plan.field.${field}`)), input), hint, wrong);
}

/** The value of a field as it stands in the form; undefined where nothing was filled in. */
export function fieldValue(field, form, choices) {
  const kind = KINDS[field];
  const element = form.elements[field];
  if (kind === "checks") return [...form.querySelectorAll(`input[name="${field}"]:checked`)].map((input) => input.value);
  if (kind === "radio") return form.querySelector(`input[name="${field}"]:checked`)?.value;
  if (kind === "switch") return element.checked;
  if (kind === "title") return { zh_CN: form.elements["title.zh_CN"].value.trim(), en: form.elements["title.en"].value.trim() };
  if (kind === "retention") return Object.fromEntries(choices.retention.map((part) => [part, Number(form.elements[`retention.${part}`].value)]));
  const text = element.value.trim();
  if (kind === "words") return text ? text.split(/[\s,，、]+/).filter(Boolean) : [];
  if (text === "") return undefined;
  if (kind === "number") return Number(text);
  if (kind === "yuan") return Math.round(Number(text) * 100);
  return text;
}

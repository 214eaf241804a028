/* Texts by key, read once for the language of the page. */

let texts = {};

export const language = document.body.dataset.language || "zh_CN";

/** Read the texts of the staff pages; without them the keys show, so that a page still works. */
export async function readTexts() {
  try {
    const answer = await fetch(document.body.dataset.texts, { headers: { Accept: "application/json" } });
    if (answer.ok) texts = await answer.json();
  } catch {
    texts = {};
  }
}

/** Whether there is a text for `key`. */
export const has = (key) => typeof texts[key] === "string" && texts[key] !== "";

/** The last words of all keys that are `prefix` and one word more. */
export const below = (prefix) =>
  Object.keys(texts)
    .filter((key) => key.startsWith(prefix) && !key.slice(prefix.length).includes("."))
    .map((key) => key.slice(prefix.length));

/** The text of `key` with `{names}` filled in. */
export function t(key, values = {}) {
  const found = has(key) ? texts[key] : key;
  return found.replace(/\{(\w+)\}/g, (whole, name) => (values[name] === undefined ? whole : String(values[name])));
}

/** The first key that has a text, else `otherwise` as it is. */
export function first(keys, otherwise = "", values = {}) {
  const key = keys.find(has);
  return key ? t(key, values) : otherwise;
}

/** A title that comes in both languages, or as plain text. */
export const titled = (title) => (typeof title === "string" ? title : (title?.[language] ?? title?.zh_CN ?? ""));

/** What somebody did, by the words of its button or of the audit. */
export const action = (name) => first([`staff.action.${name}`, `staff.audit.action.${name}`], name);

/** `staff:li` → `li`, `kiosk:kiosk-1` → `kiosk-1`. */
export const actor = (by) => (by ?? "").split(":").slice(1).join(":") || by || "";

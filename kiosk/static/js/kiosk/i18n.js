// The texts of both languages, read once at the start, so that a change of language needs no network.

export const LANGUAGES = ["zh_CN", "en"];
const AREAS = "kiosk,photo,refusal";
const catalogs = new Map();
let language = "zh_CN";

/** Reads both catalogs. Throws when the one of `wanted` can't be read. */
export async function loadTexts(wanted) {
  await Promise.all(
    LANGUAGES.map(async (name) => {
      try {
        const answer = await fetch(`/i18n/${name}.json?areas=${AREAS}`);
        if (!answer.ok) throw new Error(`texts: ${answer.status}`);
        catalogs.set(name, await answer.json());
      } catch (error) {
        if (name === wanted) throw error;
      }
    }),
  );
  use(wanted);
}

/** Chooses the language of the page and says so to screen readers. */
export function use(wanted) {
  language = LANGUAGES.includes(wanted) ? wanted : "zh_CN";
  document.documentElement.lang = language === "zh_CN" ? "zh-CN" : "en";
}

export const current = () => language;

/** The sentence of `key` with `{name}` filled in; a missing key shows itself. */
export function t(key, values = {}, wanted = language) {
  const found = catalogs.get(wanted)?.[key] ?? key;
  return found.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** Whether there is a sentence for `key`. */
export const has = (key) => key in (catalogs.get(language) ?? {});

/** The text of a value in both languages: {"zh_CN", "en"}. */
export const either = (texts) => texts?.[language] ?? texts?.zh_CN ?? "";

/** A queue number as it is called: three figures. */
export const figure = (number) => String(number).padStart(3, "0");

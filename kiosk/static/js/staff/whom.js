/*
 * A search for one student of the roster, by keys and by ear as well: a field, the students found as radio buttons.
 * Hooks: [data-testid=who|find|found|student].
 */

import { Refused, Unreachable, write } from "./api.js";
import { button, fill, h, mark } from "./dom.js";
import { Incomplete, sayError } from "./notices.js";
import { t } from "./texts.js";

const PATH = "/staff/api/collection";

/** The search in a campaign: `{node, get, input}`. `likely`: students that are offered before anything was sought. */
export function whom(campaign, likely = []) {
  const input = h("input", { id: "who", type: "search", autocomplete: "off", data: { testid: "who" } });
  const said = h("p", { class: "soft", role: "status", data: { testid: "found" } });
  const list = h("div", { class: "who-list", role: "radiogroup", "aria-label": t("collection.who") });
  const choice = (row, checked) => h("label", { class: "choice" }, h("input", { type: "radio", name: "student", value: String(row.id), checked, data: { testid: "student" } }), h("span", {}, h("strong", {}, row.name), ` ${row.student_number} ${row.class_name} `, row.photographed ? mark("check", t("collection.has_photo"), "good") : null));
  function offer(students, sentence, checked) {
    said.textContent = sentence;
    fill(list, students.map((row) => choice(row, checked)));
  }
  async function find() {
    if (input.value.trim().length < 2) return;
    try {
      const { students } = await write(`${PATH}/students`, { campaign, q: input.value });
      offer(students, students.length ? t("collection.found", { count: students.length }) : t("collection.nobody"), students.length === 1);
    } catch (error) {
      if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
      sayError(error);
    }
  }
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    find();
  });
  if (likely.length) offer(likely, t("collection.likely"), false);
  const node = [
    h("label", { class: "field", for: "who" }, h("span", {}, t("collection.who")), input),
    h("p", { class: "hint" }, t("collection.who_hint")),
    button(t("collection.find"), { icon: "search", data: { testid: "find" }, press: find }),
    said,
    list,
  ];
  const get = () => {
    const found = list.querySelector("input:checked");
    if (!found) throw new Incomplete(t("collection.choose"), input);
    return Number(found.value);
  };
  return { node, get, input, name: () => list.querySelector("label:has(input:checked) strong")?.textContent ?? "" };
}

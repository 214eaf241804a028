/*
 * Finding students of a campaign for a press: by name or number, by class, by a receipt that is scanned; what was found stands below.
 * Hooks: [data-testid=find|class|found].
 */

import { Refused, Unreachable, write } from "./api.js";
import { empty, fill, h } from "./dom.js";
import { sayError } from "./notices.js";
import { t } from "./texts.js";

const LEAST = 2; // characters of a search
const TYPING_MS = 250;
const cells = (row) => JSON.stringify([row.branch, row.teaching_point, row.class_name]);

export const placeOf = (row) => [row.branch, row.teaching_point, row.class_name].filter(Boolean).join(" · ");
export const named = ({ student }) => [student.name, student.student_number].join(" · ");
export const factsOf = ({ student }) => [student.student_number, student.class_name, student.teaching_point, student.branch].filter(Boolean).join(" · ");

/**
 * Search and choice of a class in `holder`; it stays as it is while the campaign is the same, only what was found is read again.
 * `path` answers `/find` and `/class` with `{students}`, `/find` with `scanned` where a receipt was meant. `classes`: `[row, word]` each;
 * `words`: title, lead, find, placeholder, class, choose, none; `person(row)` draws one, `whole(rows, word)` what goes for a class at once.
 */
export function finder(holder, { campaign, path, classes, words, person, whole }) {
  if (holder.dataset.campaign === campaign) {
    holder.refresh?.();
    return;
  }
  holder.dataset.campaign = campaign;
  const input = h("input", { type: "search", id: "find", autocomplete: "off", spellcheck: "false", placeholder: words.placeholder, data: { testid: "find" } });
  const options = classes.map(([row, word]) => h("option", { value: cells(row) }, word));
  const select = h("select", { id: "class", data: { testid: "class" } }, h("option", { value: "" }, words.choose), options);
  const found = h("div", { class: "money-found", "aria-live": "polite", data: { testid: "found" } });
  let turn = 0;
  let timer = 0;
  let again = () => {};

  const list = (students) => (students.length ? h("ul", { class: "plain-list money-people" }, students.map(person)) : empty("search", t("staff.student.none"), words.none));

  async function ask(way, body, above = () => null) {
    const mine = ++turn;
    try {
      const answer = await write(`${path}/${way}`, { campaign, ...body });
      if (mine === turn) fill(found, above(answer.students), list(answer.students));
      return answer;
    } catch (error) {
      if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
      if (mine === turn) sayError(error);
      return null;
    }
  }

  function nothing() {
    turn += 1;
    fill(found);
  }

  function search(q) {
    select.value = "";
    again = () => search(q);
    return q.length < LEAST ? nothing() : ask("find", { q });
  }

  async function typed() {
    const q = input.value.trim();
    const answer = await search(q);
    if (answer?.scanned && input.value.trim() === q) input.value = ""; // ready for the next receipt
  }

  function ofClass() {
    again = ofClass;
    if (!select.value) return nothing();
    const [branch, teaching_point, class_name] = JSON.parse(select.value);
    const word = select.selectedOptions[0].textContent;
    input.value = "";
    return ask("class", { branch, teaching_point, class_name }, (students) => whole(students, word));
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(typed, TYPING_MS);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    clearTimeout(timer); // a scanner ends with Enter
    typed();
  });
  select.addEventListener("change", ofClass);
  holder.refresh = () => again();
  fill(
    holder,
    h(
      "section",
      { class: "panel result-part" },
      h("h2", {}, words.title),
      words.lead ? h("p", { class: "soft" }, words.lead) : null,
      h("div", { class: "money-search" }, h("label", { class: "field", for: "find" }, h("span", {}, words.find), input), h("label", { class: "field", for: "class" }, h("span", {}, words.class), select)),
      found,
    ),
  );
}

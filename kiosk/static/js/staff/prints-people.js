/*
 * Handing out: a student by name, number, class or the receipt that is scanned; collected, fetched, posted, and back.
 * Hooks: [data-testid=find|class|class-posted|found], [data-testid=person][data-student][data-gone], [data-testid=collected|proxy|posted|back|ask].
 */

import { Refused, Unreachable, mintKey, write } from "./api.js";
import { button, empty, fill, h, mark } from "./dom.js";
import { openDialog, reasonFields, sayError, toast } from "./notices.js";
import { t } from "./texts.js";
import { dayAndClock } from "./time.js";

const PATH = "/staff/api/prints";
const WAYS = ["collected", "proxy", "posted"];

async function act(name, body, context, said) {
  try {
    const { result } = await write(`${PATH}/actions/${name}`, { ...body, key: mintKey() });
    toast(said(result));
  } catch (error) {
    if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
    sayError(error);
  }
  await context.done();
}

const handOut = (students, way, context) => act("hand_out", { campaign: context.campaign, students, way }, context, (result) => t("prints.handed", { count: result.recorded, way: t(`prints.way.${way}`) }));

function takeBack(row, context) {
  const reason = reasonFields("take_back");
  const key = mintKey();
  openDialog({
    title: t("prints.take_back"),
    lead: [row.student.name, row.student.student_number].join(" · "),
    testid: "dialog-back",
    body: reason.node,
    submit: {
      word: t("prints.take_back"),
      run: async () => {
        await write(`${PATH}/actions/take_back`, { campaign: context.campaign, student: row.id, reason: reason.get(), key });
        toast(t("prints.taken_back"));
        await context.done();
      },
    },
  });
}

function personRow(row, context) {
  const { student, gone } = row;
  const facts = [student.student_number, student.class_name, student.teaching_point, student.branch].filter(Boolean).join(" · ");
  const acts = gone
    ? [button(t("prints.take_back"), { kind: "quiet", data: { testid: "back" }, press: () => takeBack(row, context) })]
    : row.ready
      ? WAYS.map((way, index) => button(t(`prints.way.${way}`), { kind: index ? "quiet" : "plain", data: { testid: way }, press: () => handOut([row.id], way, context) }))
      : [];
  const ask = row.ready && context.may.decide ? button(t("prints.ask"), { kind: "quiet", data: { testid: "ask" }, press: () => act("request_copy", { student: row.id }, context, () => t("prints.ask_done")) }) : null;
  const state = gone ? mark("check", `${t(`prints.way.${gone.way}`)} ${dayAndClock(gone.at)}`, "good") : row.ready ? mark("clock", t("prints.not_gone"), "warn") : mark("camera", t("prints.not_ready"), "soft");
  return h("li", { class: "line-row money-person", data: { testid: "person", student: row.id, gone: gone ? gone.way : "" } }, h("div", { class: "grow" }, h("p", {}, h("strong", {}, student.name), " ", h("span", { class: "soft" }, facts))), state, h("div", { class: "money-acts" }, acts, ask));
}

const cells = (row) => JSON.stringify([row.branch, row.teaching_point, row.class_name]);

/** Search, scan and choice of a class; what was found stands below. Stays as it is when the campaign is the same. */
export function people(holder, context) {
  if (holder.dataset.campaign === context.campaign) {
    holder.refresh?.();
    return;
  }
  holder.dataset.campaign = context.campaign;
  const { campaign, classes } = context;
  const input = h("input", { type: "search", id: "find", autocomplete: "off", spellcheck: "false", placeholder: t("prints.placeholder"), data: { testid: "find" } });
  const select = h("select", { id: "class", data: { testid: "class" } }, h("option", { value: "" }, t("prints.choose_class")), classes.map((row) => h("option", { value: cells(row) }, `${[row.branch, row.teaching_point, row.class_name].filter(Boolean).join(" · ") || t("prints.no_class")} (${row.ready})`)));
  const found = h("div", { class: "money-found", "aria-live": "polite", data: { testid: "found" } });
  let turn = 0;
  let timer = 0;
  let again = () => {};

  async function ask(path, body, drawn) {
    const mine = ++turn;
    try {
      const answer = await write(path, { campaign, ...body });
      if (mine === turn) fill(found, drawn(answer));
      return answer;
    } catch (error) {
      if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
      if (mine === turn) sayError(error);
      return null;
    }
  }

  const list = ({ students }) => (students.length ? h("ul", { class: "plain-list money-people" }, students.map((row) => personRow(row, context))) : empty("search", t("staff.student.none"), t("prints.none_next")));
  function search(q) {
    select.value = "";
    again = () => search(q);
    if (q.length < 2) {
      turn += 1;
      fill(found);
      return undefined;
    }
    return ask(`${PATH}/find`, { q }, list);
  }
  async function typed() {
    const q = input.value.trim();
    const answer = await search(q);
    if (answer?.scanned && input.value.trim() === q) input.value = ""; // ready for the next receipt
  }
  function ofClass() {
    if (!select.value) {
      turn += 1;
      fill(found);
      return undefined;
    }
    const [branch, teaching_point, class_name] = JSON.parse(select.value);
    input.value = "";
    again = ofClass;
    return ask(`${PATH}/class`, { branch, teaching_point, class_name }, (answer) => [whole(answer.students), list(answer)]);
  }

  /** Everybody of the class whose prints are still here. */
  function whole(students) {
    const open = students.filter((row) => row.ready && !row.gone).map((row) => row.id);
    if (!open.length) return null;
    return h("div", { class: "money-class" }, ["collected", "posted"].map((way, index) => button(t(`prints.class_${way}`, { count: open.length }), { kind: index ? "quiet" : "plain", data: { testid: `class-${way}` }, press: () => openDialog({ title: t(`prints.class_${way}`, { count: open.length }), body: h("p", {}, t("prints.class_lead", { count: open.length })), testid: "dialog-class", submit: { word: t("prints.class_do"), run: () => handOut(open, way, context) } }) })));
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(typed, 250);
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
      h("h2", {}, t("prints.hand_out")),
      h("p", { class: "soft" }, t("prints.hand_out_lead")),
      h("div", { class: "money-search" }, h("label", { class: "field", for: "find" }, h("span", {}, t("prints.find")), input), h("label", { class: "field", for: "class" }, h("span", {}, t("prints.class")), select)),
      found,
    ),
  );
}

/*
 * Handing out: a student by name, number, class or the receipt that is scanned; collected, fetched, posted, and back.
 * Hooks: those of finder.js, [data-testid=class-collected|class-posted], [data-testid=person][data-student][data-gone], [data-testid=collected|proxy|posted|back|ask].
 */

import { Refused, Unreachable, mintKey, write } from "./api.js";
import { button, h, mark } from "./dom.js";
import { factsOf, finder, named, placeOf } from "./finder.js";
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
    lead: named(row),
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
  const { gone } = row;
  const acts = gone
    ? [button(t("prints.take_back"), { kind: "quiet", data: { testid: "back" }, press: () => takeBack(row, context) })]
    : row.ready
      ? WAYS.map((way, index) => button(t(`prints.way.${way}`), { kind: index ? "quiet" : "plain", data: { testid: way }, press: () => handOut([row.id], way, context) }))
      : [];
  const ask = row.ready && context.may.decide ? button(t("prints.ask"), { kind: "quiet", data: { testid: "ask" }, press: () => act("request_copy", { student: row.id }, context, () => t("prints.ask_done")) }) : null;
  const state = gone ? mark("check", `${t(`prints.way.${gone.way}`)} ${dayAndClock(gone.at)}`, "good") : row.ready ? mark("clock", t("prints.not_gone"), "warn") : mark("camera", t("prints.not_ready"), "soft");
  return h("li", { class: "line-row money-person", data: { testid: "person", student: row.id, gone: gone ? gone.way : "" } }, h("div", { class: "grow" }, h("p", {}, h("strong", {}, row.student.name), " ", h("span", { class: "soft" }, factsOf(row)))), state, h("div", { class: "money-acts" }, acts, ask));
}

/** Everybody of the class whose prints are still here. */
function whole(students, context) {
  const open = students.filter((row) => row.ready && !row.gone).map((row) => row.id);
  if (!open.length) return null;
  const handed = (way) => ({
    title: t(`prints.class_${way}`, { count: open.length }),
    body: h("p", {}, t("prints.class_lead", { count: open.length })),
    testid: "dialog-class",
    submit: { word: t("prints.class_do"), run: () => handOut(open, way, context) },
  });
  const press = (way, index) => button(t(`prints.class_${way}`, { count: open.length }), { kind: index ? "quiet" : "plain", data: { testid: `class-${way}` }, press: () => openDialog(handed(way)) });
  return h("div", { class: "money-class" }, ["collected", "posted"].map(press));
}

/** Students of the campaign and where their prints are. */
export function people(holder, context) {
  finder(holder, {
    campaign: context.campaign,
    path: PATH,
    classes: context.classes.map((row) => [row, `${placeOf(row) || t("prints.no_class")} (${row.ready})`]),
    words: {
      title: t("prints.hand_out"),
      lead: t("prints.hand_out_lead"),
      find: t("prints.find"),
      placeholder: t("prints.placeholder"),
      class: t("prints.class"),
      choose: t("prints.choose_class"),
      none: t("prints.none_next"),
    },
    person: (row) => personRow(row, context),
    whole: (students) => whole(students, context),
  });
}

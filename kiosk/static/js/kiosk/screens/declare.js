// The health declaration: one question a view, then all answers once more, signed by a press. The answers live in
// this view alone; nothing of them is kept when it is left.

import { arrows, button, h, icon } from "../dom.js";
import { either, t } from "../i18n.js";
import { layout } from "./layout.js";

const ICONS = { "health-code": "shield", travel: "travel", thermometer: "thermometer", "risk-area": "place", contact: "people" };
const TONES = { green: "check", amber: "note", red: "cross" };

const optionsOf = (question) =>
  question.kind === "yes_no"
    ? ["no", "yes"].map((value) => ({ value, words: t(`kiosk.declare.${value}`), tone: null }))
    : question.options.map(({ value, text, tone }) => ({ value, words: either(text), tone }));

export function declare({ snapshot, act, speak }) {
  const { questions } = snapshot.campaign.screening;
  const answers = {};
  const holder = h("div", { class: "holder" });
  const view = { say: "", node: holder, update: () => true };

  const show = (node, say, first) => {
    holder.replaceChildren(node);
    view.say = say;
    if (first) return;
    holder.querySelector("h1").focus({ preventScroll: true });
    speak(say);
  };

  const ask = (index, first = false, ahead = index + 1) => {
    const question = questions[index];
    const words = either(question.text);
    const many = optionsOf(question);
    const options = arrows(
      h(
        "div",
        { class: `answers answers-${many.length}`, role: "group", "aria-label": words },
        many.map(({ value, words: label, tone }) => {
          const choice = button({
            label,
            action: "answer",
            tone: "choice",
            symbol: tone ? TONES[tone] : null,
            value,
            pressed: answers[question.id] === value,
            press: () => {
              answers[question.id] = value;
              if (ahead < questions.length) ask(ahead);
              else sum();
            },
          });
          choice.dataset.question = question.id;
          if (tone) choice.classList.add(`tone-${tone}`);
          return choice;
        }),
      ),
    );
    const back =
      index > 0 &&
      button({ label: t("kiosk.declare.back"), action: "answer_back", tone: "secondary", symbol: "back", press: () => ask(index - 1) });
    const dots = questions.map((_, at) => h("span", { class: at < index ? "dot dot-past" : at === index ? "dot dot-now" : "dot" }));
    show(
      layout({
        title: words,
        art: h("div", { class: "question-sign", "aria-hidden": "true" }, icon(ICONS[question.icon] ?? "note")),
        content: [
          h(
            "div",
            { class: "progress" },
            h("p", {}, t("kiosk.declare.progress", { number: index + 1, count: questions.length })),
            h("div", { class: "dots", "aria-hidden": "true" }, dots),
          ),
          options,
        ],
        actions: back || [],
        kind: "question",
      }),
      words,
      first,
    );
  };

  const sum = () => {
    const title = t("kiosk.declare.sum_title");
    show(
      layout({
        title,
        lead: t("kiosk.declare.sum_lead"),
        content: [
          h(
            "ul",
            { class: "summary" },
            questions.map((question, index) => {
              const chosen = optionsOf(question).find(({ value }) => value === answers[question.id]);
              return h(
                "li",
                {},
                h("p", { class: "summary-question" }, either(question.text)),
                h("p", { class: "summary-answer" }, chosen.words),
                button({
                  label: t("kiosk.declare.edit"),
                  action: "answer_edit",
                  tone: "small",
                  value: question.id,
                  press: () => ask(index, false, questions.length),
                }),
              );
            }),
          ),
          h("p", { class: "oath" }, icon("pen"), h("span", {}, t("kiosk.declare.oath"))),
        ],
        actions: [
          button({ label: t("kiosk.declare.sign"), action: "declare", symbol: "check", press: () => act("declare", { answers }) }),
          button({
            label: t("kiosk.declare.back"),
            action: "answer_back",
            tone: "secondary",
            symbol: "back",
            press: () => ask(questions.length - 1),
          }),
        ],
        kind: "roomy declaration",
      }),
      title,
    );
  };

  if (questions.length) ask(0, true);
  else sum();
  return view;
}

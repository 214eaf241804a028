// Is it you? Masked data in a large table: "this is me", or "something is wrong" and then which.

import { button, h, icon } from "../dom.js";
import { has, t } from "../i18n.js";
import { layout } from "./layout.js";
import { report } from "./report.js";

const FIELDS = [
  "name", "sex", "id_number", "student_number", "school_name", "level", "major_name", "branch", "teaching_point", "class_name",
];

/** The rows of the data that there are: [field, value]. */
export const rows = (masked) => FIELDS.filter((field) => masked?.[field]).map((field) => [field, masked[field]]);

export function confirm(context) {
  const { snapshot, act, speak } = context;
  const { masked, flags } = snapshot.visit;
  const code = masked?.code_tail;
  const title = t(code ? "kiosk.confirm.code_title" : "kiosk.confirm.title");
  const holder = h("div", { class: "holder" });
  const view = { say: title, node: holder, update: () => true };

  const ask = () => {
    const shown = code ? [["code_tail", code]] : rows(masked);
    const noticed = (flags ?? []).filter((flag) => has(`kiosk.flag.${flag}`));
    holder.replaceChildren(
      layout({
        title,
        lead: t(code ? "kiosk.confirm.code_lead" : "kiosk.confirm.lead"),
        content: [
          h(
            "dl",
            { class: "facts" },
            shown.map(([field, value]) =>
              h("div", { "data-field": field }, h("dt", {}, t(`kiosk.field.${field}`)), h("dd", {}, value)),
            ),
          ),
          noticed.length
            ? h(
                "div",
                { class: "flags" },
                noticed.map((flag) => h("p", { class: "flag", "data-flag": flag }, icon("note"), h("span", {}, t(`kiosk.flag.${flag}`)))),
              )
            : null,
        ],
        actions: [
          button({ label: t("kiosk.confirm.yes"), action: "confirm", symbol: "check", press: () => act("confirm") }),
          button({ label: t("kiosk.confirm.wrong"), action: "wrong", tone: "secondary", symbol: "pen", press: wrong }),
        ],
        kind: noticed.length ? "roomy flagged" : "roomy",
      }),
    );
  };
  const wrong = () => {
    const choose = report({ ...context, fields: code ? ["code_tail"] : rows(masked).map(([field]) => field), back });
    holder.replaceChildren(choose.node);
    holder.querySelector("h1").focus();
    speak(choose.say);
  };
  const back = () => {
    ask();
    holder.querySelector("h1").focus();
  };
  ask();
  return view;
}

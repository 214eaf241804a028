// Which field is wrong, and how: chosen, never typed, because there is no keyboard at a kiosk.

import { arrows, button, h } from "../dom.js";
import { t } from "../i18n.js";
import { layout } from "./layout.js";

const NOTES = ["spelling", "changed", "not_mine", "other"];

export function report({ act, fields, back }) {
  const title = t("kiosk.report.title");
  const chosen = new Set();
  const notes = new Set();
  const send = button({
    label: t("kiosk.report.send"),
    action: "report_wrong_data",
    symbol: "check",
    press: () =>
      act("report_wrong_data", {
        fields: [...chosen],
        // Staff read Chinese first whatever the student reads.
        note: [...notes].map((note) => t(`kiosk.report.note.${note}`, {}, "zh_CN")).join("；"),
      }),
  });
  send.disabled = true;
  const choices = (set, values, kind, label) =>
    arrows(
      h(
        "div",
        { class: "choices", role: "group", "aria-label": label },
        values.map(([value, words]) => {
          const choice = button({
            label: words,
            action: kind,
            tone: "choice",
            symbol: "check",
            value,
            pressed: false,
            press: () => {
              if (!set.delete(value)) set.add(value);
              choice.setAttribute("aria-pressed", String(set.has(value)));
              send.disabled = chosen.size === 0;
            },
          });
          return choice;
        }),
      ),
    );
  return {
    say: title,
    node: layout({
      title,
      lead: t("kiosk.report.lead"),
      content: [
        choices(chosen, fields.map((field) => [field, t(`kiosk.field.${field}`)]), "field", t("kiosk.report.title")),
        h("h2", { class: "subtitle" }, t("kiosk.report.how")),
        choices(notes, NOTES.map((note) => [note, t(`kiosk.report.note.${note}`)]), "note", t("kiosk.report.how")),
      ],
      actions: [send, button({ label: t("kiosk.back"), action: "report_back", tone: "secondary", symbol: "back", press: back })],
      kind: "roomy reporting",
    }),
  };
}

// The seat is free for one number. Whoever has it says so; then the mask comes off.

import { button, drawing, h } from "../dom.js";
import { figure, t } from "../i18n.js";
import { layout } from "./layout.js";

export function called({ snapshot, act }) {
  const number = figure(snapshot.visit.number);
  const title = t("kiosk.called.title", { number });
  return {
    say: `${title}。${t("kiosk.called.lead")}`,
    node: layout({
      title: h("span", { "data-testid": "number" }, title),
      lead: t("kiosk.called.lead"),
      art: drawing("mask-off"),
      actions: button({
        label: t("kiosk.called.begin", { number }),
        action: "begin_capture",
        symbol: "camera",
        press: () => act("begin_capture"),
      }),
      kind: "called",
    }),
    update: () => true,
  };
}

// Done: the code for the phone, the mask back on, goodbye.

import { button, drawing, h } from "../dom.js";
import { figure, t } from "../i18n.js";
import { countdown, layout } from "./layout.js";

export function receipt({ snapshot, act }) {
  const { visit, settings } = snapshot;
  const title = t("kiosk.receipt.title");
  const goodbye = countdown(settings.receipt_screen_seconds, (seconds) => t("kiosk.receipt.ends_in", { seconds }), () => act("finish"));
  const code = visit.receipt
    ? h("img", { class: "qr", src: visit.receipt.qr, width: 520, height: 520, alt: t("kiosk.receipt.alt"), "data-testid": "qr" })
    : h("p", { class: "qr" }, t("kiosk.receipt.none"));
  return {
    say: `${title}。${t("kiosk.receipt.lead")}`,
    node: layout({
      title,
      lead: t("kiosk.receipt.lead"),
      art: h("div", { class: "qr-card" }, code, visit.number ? h("p", { class: "qr-number" }, t("kiosk.receipt.number", { number: figure(visit.number) })) : null),
      content: [
        h(
          "ul",
          { class: "reminders" },
          h("li", {}, drawing("phone-over-code"), h("span", {}, t("kiosk.receipt.scan"))),
          h("li", {}, drawing("mask-on"), h("span", {}, t("kiosk.receipt.mask"))),
        ),
        goodbye.node,
      ],
      actions: button({ label: t("kiosk.receipt.finish"), action: "finish", symbol: "check", press: () => act("finish") }),
      kind: "receipt",
    }),
    update: (now) => now.visit?.receipt?.qr === visit.receipt?.qr,
    leave: goodbye.stop,
  };
}

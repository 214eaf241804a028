// Who is it? The card goes on the reader; where the campaign works with collection codes, the code before the camera.

import { button, drawing, h, icon } from "../dom.js";
import { t } from "../i18n.js";
import { Mirror } from "../mirror.js";
import { layout } from "./layout.js";

export function identify(context) {
  return context.snapshot.campaign?.identity_mode === "collection-code" ? byCode(context) : byCard(context);
}

function byCard({ act }) {
  const title = t("kiosk.identify.title");
  const help = h("p", { class: "help", hidden: true, role: "status" }, icon("hand"), h("span", {}, t("kiosk.identify.no_card_help")));
  return {
    say: `${title}。${t("kiosk.identify.lead")}`,
    node: layout({
      title,
      lead: t("kiosk.identify.lead"),
      art: drawing("card-on-reader"),
      content: help,
      actions: [
        button({
          label: t("kiosk.identify.no_card"),
          action: "no_card",
          tone: "secondary",
          symbol: "hand",
          press: () => {
            help.hidden = false;
            act("call_staff");
          },
        }),
        leave(act),
      ],
      kind: "calm-actions",
    }),
    update: () => true,
  };
}

function byCode({ snapshot, act }) {
  const title = t("kiosk.identify.code_title");
  const url = snapshot.station.preview?.url;
  const mirror = url ? new Mirror({ url, shape: 4 / 3 }) : null;
  const corners = h("div", { class: "corners", "aria-hidden": "true" });
  mirror?.node.append(corners);
  return {
    say: `${title}。${t("kiosk.identify.code_lead")}`,
    node: layout({
      title,
      lead: t("kiosk.identify.code_lead"),
      art: [mirror?.node ?? null, drawing("code-to-camera")],
      actions: leave(act),
      kind: "code calm-actions",
    }),
    update: (now) => now.station.preview?.url === url,
    leave: () => mirror?.stop(),
  };
}

const leave = (act) =>
  button({ label: t("kiosk.leave"), action: "leave", tone: "secondary", symbol: "back", press: () => act("leave") });

// A visit was left: the same card, or staff, go on with it.

import { button, drawing } from "../dom.js";
import { t } from "../i18n.js";
import { countdown, layout } from "./layout.js";

export function parked({ snapshot, act }) {
  const title = t("kiosk.parked.title");
  const back = countdown(snapshot.settings.notice_screen_seconds, (seconds) => t("kiosk.back_in", { seconds }), () => act("leave"));
  return {
    say: title,
    node: layout({
      title,
      lead: t("kiosk.parked.lead"),
      art: drawing("pause"),
      content: back.node,
      actions: button({ label: t("kiosk.leave"), action: "leave", tone: "secondary", symbol: "back", press: () => act("leave") }),
      kind: "calm-actions",
    }),
    update: () => true,
    leave: back.stop,
  };
}

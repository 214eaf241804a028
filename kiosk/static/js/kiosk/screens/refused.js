// The declaration was not passed. Calm and neutral: whoever looks over the shoulder learns nothing.

import { button, drawing } from "../dom.js";
import { t } from "../i18n.js";
import { countdown, layout } from "./layout.js";

export function refused({ snapshot, act }) {
  const title = t("kiosk.refused.title");
  const back = countdown(snapshot.settings.notice_screen_seconds, (seconds) => t("kiosk.back_in", { seconds }), () => act("leave"));
  return {
    say: title,
    node: layout({
      title,
      lead: t("kiosk.refused.lead"),
      art: drawing("staff"),
      content: back.node,
      actions: button({ label: t("kiosk.understood"), action: "leave", symbol: "check", press: () => act("leave") }),
    }),
    update: () => true,
    leave: back.stop,
  };
}

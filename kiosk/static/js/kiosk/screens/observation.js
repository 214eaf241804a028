// Staff take over for a while. The same words for every reason: nobody else reads a medical one. The number is kept,
// so the screen makes room for the next student by itself.

import { button, drawing } from "../dom.js";
import { figure, t } from "../i18n.js";
import { countdown, layout } from "./layout.js";

export function observation({ snapshot, act }) {
  const title = t("kiosk.observation.title");
  const number = snapshot.visit?.number;
  const back = countdown(snapshot.settings.notice_screen_seconds, (seconds) => t("kiosk.back_in", { seconds }), () => act("leave"));
  return {
    say: title,
    node: layout({
      title,
      lead: [t("kiosk.observation.lead"), number ? t("kiosk.observation.number", { number: figure(number) }) : null],
      art: drawing("seat"),
      content: back.node,
      actions: button({ label: t("kiosk.understood"), action: "leave", symbol: "check", press: () => act("leave") }),
    }),
    update: () => true,
    leave: back.stop,
  };
}

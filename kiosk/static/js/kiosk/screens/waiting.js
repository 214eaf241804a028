// The queue number, how many are ahead, and that one will be called.

import { button, h } from "../dom.js";
import { figure, t } from "../i18n.js";
import { countdown, layout } from "./layout.js";

const words = ({ visit }) => (visit.ahead > 0 ? t("kiosk.waiting.ahead", { ahead: visit.ahead }) : t("kiosk.waiting.next"));

export function waiting({ snapshot, act }) {
  const number = figure(snapshot.visit.number);
  const title = t("kiosk.waiting.title");
  const ahead = h("p", { class: "ahead", role: "status" }, words(snapshot));
  const away = countdown(
    snapshot.settings.waiting_screen_seconds,
    (seconds) => t("kiosk.waiting.away", { seconds }),
    () => act("step_aside"),
  );
  return {
    say: `${title}${number}。${words(snapshot)}`,
    node: layout({
      title,
      lead: t("kiosk.waiting.lead"),
      art: h("p", { class: "number", "data-testid": "number" }, number),
      content: [ahead, away.node],
      actions: button({ label: t("kiosk.waiting.step_aside"), action: "step_aside", symbol: "check", press: () => act("step_aside") }),
      kind: "waiting",
    }),
    update: (now) => {
      if (ahead.textContent !== words(now)) ahead.textContent = words(now);
      return true;
    },
    leave: away.stop,
  };
}

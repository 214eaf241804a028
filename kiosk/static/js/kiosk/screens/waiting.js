// The queue number, how many are ahead and how long it takes; a code for the phone; outside while the room is full.

import { button, h } from "../dom.js";
import { figure, t } from "../i18n.js";
import { countdown, layout } from "./layout.js";

function words({ visit }) {
  if (visit.come_back_at) return t("kiosk.waiting.outside", { time: visit.come_back_at });
  if (visit.wait_minutes === null) return t("kiosk.waiting.held");
  if (visit.ahead === 0) return t("kiosk.waiting.next");
  return t("kiosk.waiting.ahead", { ahead: visit.ahead });
}

const minutes = ({ visit }) => (visit.wait_minutes > 0 && !visit.come_back_at ? t("kiosk.waiting.minutes", { minutes: visit.wait_minutes }) : "");

export function waiting({ snapshot, act }) {
  const number = figure(snapshot.visit.number);
  const title = t("kiosk.waiting.title");
  const ahead = h("p", { class: snapshot.visit.come_back_at ? "ahead outside" : "ahead", role: "status", "data-testid": "ahead" }, words(snapshot));
  const wait = h("p", { class: "wait", "data-testid": "wait" }, minutes(snapshot));
  const place = snapshot.visit.place;
  const away = countdown(
    snapshot.settings.waiting_screen_seconds,
    (seconds) => t("kiosk.waiting.away", { seconds }),
    () => act("step_aside"),
  );
  return {
    say: `${title}${number}。${words(snapshot)}`,
    node: layout({
      title,
      lead: snapshot.visit.come_back_at ? null : t("kiosk.waiting.lead"),
      art: h(
        "div",
        { class: "number-and-place" },
        h("p", { class: "number", "data-testid": "number" }, number),
        place
          ? h("figure", { class: "place" }, h("img", { src: place, width: 220, height: 220, alt: "", "data-testid": "place-qr" }), h("figcaption", {}, t("kiosk.waiting.place")))
          : null,
      ),
      content: [ahead, wait, away.node],
      actions: button({ label: t("kiosk.waiting.step_aside"), action: "step_aside", symbol: "check", press: () => act("step_aside") }),
      kind: "waiting",
    }),
    update: (now) => {
      if (ahead.textContent !== words(now)) ahead.textContent = words(now);
      if (wait.textContent !== minutes(now)) wait.textContent = minutes(now);
      return Boolean(now.visit.come_back_at) === Boolean(snapshot.visit.come_back_at) && now.visit.place === place;
    },
    leave: away.stop,
  };
}

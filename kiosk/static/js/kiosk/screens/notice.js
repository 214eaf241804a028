// A refusal: what is so, in one sentence, and what to do next. Each code has its own picture and words.

import { button, drawing, h, icon } from "../dom.js";
import { t } from "../i18n.js";
import { countdown, layout } from "./layout.js";

const PICTURES = {
  not_on_roster: "list",
  wrong_programme: "list",
  roster_late: "list",
  already_photographed: "photo-done",
  code_already_used: "photo-done",
  not_in_time_slot: "clock",
  campaign_closed: "clock",
  no_campaign: "closed",
  card_data_invalid: "card-problem",
  card_expired: "card-problem",
  card_unreadable: "card-problem",
  card_pulled: "card-problem",
  card_multiple: "card-problem",
  card_not_usable: "card-problem",
  scan_unreadable: "code-to-camera",
  check_link: "phone-over-code",
  identity_mode: "card-problem",
  campus_card_unknown: "card-problem",
  visit_open_elsewhere: "windows",
  station_busy: "windows",
};
const BY_CATEGORY = { device: "unplugged", system: "unplugged", student: "card-problem" };
//: Refusals after which the same person may simply try again.
const AGAIN = new Set(["card_unreadable", "card_pulled", "card_multiple", "card_not_usable", "scan_unreadable", "card_data_invalid", "identity_mode", "campus_card_unknown", "receipt_unknown"]);

export function notice({ snapshot, act }) {
  const { code, category, title, student, next } = snapshot.notice;
  const back = countdown(snapshot.settings.notice_screen_seconds, (seconds) => t("kiosk.back_in", { seconds }), () => act("leave"));
  const again = AGAIN.has(code);
  const heading = title || student;
  return {
    say: [heading, title ? student : "", next].filter(Boolean).join(" "),
    node: layout({
      title: heading,
      lead: title && title !== student ? student : null,
      art: drawing(PICTURES[code] ?? BY_CATEGORY[category] ?? "staff"),
      content: [
        next
          ? h("div", { class: "advice" }, icon("forward"), h("p", {}, h("strong", {}, t("kiosk.notice.next")), h("span", {}, next)))
          : null,
        back.node,
      ],
      actions: [
        again &&
          button({
            label: t("kiosk.notice.again"),
            action: "begin",
            symbol: "again",
            press: () => act("begin", { language: snapshot.station.language }),
          }),
        button({
          label: t("kiosk.leave"),
          action: "leave",
          tone: again ? "secondary" : "primary",
          symbol: "back",
          press: () => act("leave"),
        }),
      ],
      kind: "notice",
    }),
    update: () => true,
    leave: back.stop,
  };
}

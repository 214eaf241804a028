// Another window has this kiosk; this one may take it back.

import { button, drawing } from "../dom.js";
import { t } from "../i18n.js";
import { layout } from "./layout.js";

export function superseded({ claim }) {
  const title = t("kiosk.superseded.title");
  return {
    say: title,
    node: layout({
      title,
      lead: t("kiosk.superseded.lead"),
      art: drawing("windows"),
      actions: button({ label: t("kiosk.superseded.take_over"), action: "take_over", tone: "secondary", symbol: "again", press: claim }),
      kind: "calm-actions",
    }),
    update: () => true,
  };
}

// Staff take over for a while. The same words for every reason: nobody else reads a medical one.

import { drawing } from "../dom.js";
import { figure, t } from "../i18n.js";
import { layout } from "./layout.js";

export function observation({ snapshot }) {
  const title = t("kiosk.observation.title");
  const number = snapshot.visit?.number;
  return {
    say: title,
    node: layout({
      title,
      lead: [t("kiosk.observation.lead"), number ? t("kiosk.observation.number", { number: figure(number) }) : null],
      art: drawing("seat"),
    }),
  };
}

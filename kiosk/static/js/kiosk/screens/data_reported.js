// The student said that a field is wrong: staff decide, and the student need do nothing.

import { drawing } from "../dom.js";
import { t } from "../i18n.js";
import { layout } from "./layout.js";

export function dataReported() {
  const title = t("kiosk.data_reported.title");
  return { say: title, node: layout({ title, lead: t("kiosk.data_reported.lead"), art: drawing("pen") }), update: () => true };
}

// No photographs are taken here now; or this page has no leave to act and staff must start it.

import { drawing } from "../dom.js";
import { t } from "../i18n.js";
import { layout } from "./layout.js";

const quiet = (key, art) => () => {
  const title = t(`kiosk.${key}.title`);
  return { say: title, node: layout({ title, lead: t(`kiosk.${key}.lead`), art: drawing(art) }), update: () => true };
};

export const closed = quiet("closed", "closed");
export const stopped = quiet("stopped", "unplugged");

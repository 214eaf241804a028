// Nobody is here yet: what this is, in which language, and where to begin.

import { arrows, button, drawing, h } from "../dom.js";
import { LANGUAGES, current, t } from "../i18n.js";
import { layout } from "./layout.js";

export function welcome({ snapshot, act }) {
  const code = snapshot.campaign?.identity_mode === "collection-code";
  const title = t("kiosk.welcome.title");
  const languages = LANGUAGES.map((language) =>
    h(
      "span",
      { lang: language === "en" ? "en" : "zh-CN" },
      button({
        label: t("kiosk.language", {}, language),
        action: "language",
        tone: "choice",
        value: language,
        pressed: language === current(),
        press: () => act("set_language", { language }),
      }),
    ),
  );
  const waiting = snapshot.queue?.waiting ?? 0;
  return {
    say: title,
    node: layout({
      title,
      lead: t(code ? "kiosk.welcome.lead_code" : "kiosk.welcome.lead"),
      art: drawing("welcome"),
      content: arrows(h("div", { class: "languages", role: "group", "aria-label": t("kiosk.welcome.languages") }, languages)),
      actions: [
        button({
          label: t("kiosk.welcome.begin"),
          action: "begin",
          symbol: "forward",
          press: () => act("begin", { language: current() }),
        }),
        waiting > 0 &&
          button({
            label: t("kiosk.welcome.have_number", { waiting }),
            action: "call_next",
            tone: "secondary",
            press: () => act("call_next"),
          }),
      ],
      kind: "welcome",
    }),
  };
}

/*
 * Whose photo a delivered file is that neither its name nor a list told: the picture, who is likely, the roster.
 * Hooks: [data-testid=assign-dialog|assign-file], those of the search.
 */

import { h, mark } from "./dom.js";
import { openDialog } from "./notices.js";
import { first, t } from "./texts.js";
import { whom } from "./whom.js";

/** `photo`: as its own address tells it. `assign(student, name)` resolves once it is decided. Returns the dialog. */
export function assignDialog(campaign, photo, picture, assign) {
  const who = whom(campaign, photo.likely);
  const why = photo.signs.filter((sign) => sign.ask).map((sign) => mark("ask", first([`batch.sign.${sign.code}`], sign.code), "warn"));
  const dialog = openDialog({
    title: t("collection.assign"),
    lead: t("collection.assign_lead"),
    body: h(
      "div",
      { class: "photo-assign" },
      h("figure", {}, picture, h("figcaption", { data: { testid: "assign-file" } }, t("collection.file_name", { name: photo.file }), h("p", { class: "photo-evidence" }, why))),
      h("div", { class: "grow" }, who.node),
    ),
    wide: true,
    testid: "assign-dialog",
    submit: { word: t("collection.assign"), run: () => assign(who.get(), who.name()) },
  });
  who.input.focus();
  return dialog;
}

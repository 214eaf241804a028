/* A student's own photo, from the staff's side: a link for the phone, or the file sent in for them. */

import { followJob, mintKey, upload, write } from "./api.js";
import { button, h } from "./dom.js";
import { Incomplete, openDialog, toast } from "./notices.js";
import { t } from "./texts.js";
import { day } from "./time.js";
import { whom } from "./whom.js";

const PATH = "/staff/api/collection";

/** Make a link and show it once. */
export function linkDialog(campaign) {
  const who = whom(campaign);
  const key = mintKey();
  openDialog({
    title: t("collection.link"),
    lead: t("collection.how.own"),
    body: who.node,
    testid: "link-dialog",
    submit: {
      word: t("collection.link"),
      run: async () => showLink(await write(`${PATH}/links`, { student: who.get(), key: `${key.slice(0, 24)}${String(who.get()).slice(-8)}` })),
    },
  });
  who.input.focus();
}

function showLink(made) {
  const copy = async () => {
    await navigator.clipboard.writeText(made.url);
    toast(t("collection.copied"));
  };
  openDialog({
    title: t("collection.link_ready"),
    lead: t("collection.link_lead"),
    body: h("div", { class: "link-made" }, h("img", { src: made.qr, alt: "", width: "220", height: "220" }), h("input", { type: "text", readonly: true, value: made.url, "aria-label": t("collection.link_ready"), data: { testid: "link" } }), button(t("collection.copy"), { press: copy }), h("p", { class: "soft" }, t("collection.link_until", { day: day(made.expires_at) }))),
    testid: "link-made",
  });
}

/** Send a photo in for a student. */
export function sendDialog(campaign, reload) {
  const who = whom(campaign);
  let key = mintKey();
  const file = h("input", { id: "own-file", type: "file", accept: "image/jpeg,image/png", data: { testid: "own-file" } });
  const bar = h("progress", { hidden: true, "aria-label": t("staff.roster.progress") });
  openDialog({
    title: t("collection.send_for"),
    body: [who.node, h("label", { class: "field", for: "own-file" }, h("span", {}, t("collection.file")), file), bar],
    testid: "send-dialog",
    submit: {
      word: t("collection.deliver"),
      run: async () => {
        const student = who.get();
        if (!file.files[0]) throw new Incomplete(t("collection.choose_file"), file);
        const form = new FormData();
        form.append("file", file.files[0]);
        form.append("student", String(student));
        form.append("key", key);
        bar.hidden = false;
        try {
          const { job } = await upload(`${PATH}/own`, form);
          key = mintKey(); // what follows is another photo, not the same press again
          const row = await followJob(job, () => {});
          if (row.state === "failed") throw new Incomplete(`${row.refusal?.staff ?? t("staff.job.failed")} ${row.refusal?.next ?? ""}`);
          const tone = row.result.state === "rejected" ? "warn" : "good";
          toast(t(`collection.judged.${row.result.state}`), { tone });
          await reload();
        } finally {
          bar.hidden = true;
        }
      },
    },
  });
  who.input.focus();
}

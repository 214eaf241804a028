/* What became of the e-mails: counts, and those that need a person. Hooks: [data-message=ID], [data-testid=resend]. */

import { read } from "./api.js";
import { button, h, mark } from "./dom.js";
import { openDialog, reasonFields, toast } from "./notices.js";
import { press } from "./plan.js";
import { first, t } from "./texts.js";
import { dayAndClock } from "./time.js";

const STATES = ["waiting", "sending", "sent", "unsure", "failed"];
const again = (state) => state === "unsure" || state === "failed";

/** Show the outbox. */
export async function showOutbox() {
  const data = await read("/staff/api/outbox");
  const line = (row) =>
    h(
      "li",
      { class: "line-row", data: { message: row.id } },
      h("div", { class: "grow" }, h("p", {}, row.to, " ", h("span", { class: "soft" }, dayAndClock(row.created_at))), h("p", { class: "soft" }, first([`schedule.mail.error.${row.error}`], row.error), row.next_try_at ? ` · ${t("schedule.mail.next", { time: dayAndClock(row.next_try_at) })}` : "")),
      mark(row.state === "waiting" ? "clock" : "alert", t(`schedule.mail.state.${row.state}`), row.state === "waiting" ? "soft" : "warn"),
      again(row.state) ? button(t("schedule.mail.resend"), { data: { testid: "resend" }, press: () => askAgain(row, dialog) }) : null,
    );
  const dialog = openDialog({
    title: t("schedule.mail.title"),
    lead: t("schedule.mail.lead"),
    body: [
      h("dl", { class: "figures" }, STATES.map((state) => h("div", {}, h("dt", {}, t(`schedule.mail.state.${state}`)), h("dd", {}, String(data.counts[state] ?? 0))))),
      data.messages.length ? h("ul", { class: "plain-list" }, data.messages.map(line)) : h("p", { class: "soft" }, t("schedule.mail.none")),
    ],
    wide: true,
    testid: "dialog-outbox",
  });
}

function askAgain(row, outer) {
  const reason = reasonFields("resend_message");
  openDialog({
    title: t("schedule.mail.resend"),
    lead: t(row.state === "unsure" ? "schedule.mail.resend.unsure" : "schedule.mail.resend.failed"),
    body: reason.node,
    testid: "dialog-resend",
    submit: {
      word: t("schedule.mail.resend"),
      run: async () => {
        await press("resend_message", { message: row.id, reason: reason.get() });
        toast(t("schedule.mail.resent"));
        outer.close();
      },
    },
  });
}

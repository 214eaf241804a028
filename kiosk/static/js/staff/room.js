/* The medic's page: who rests in the observation room and for how long, incidents with their report, one press for unwell. */

import { Refused, Unreachable, followJob, write } from "./api.js";
import { button, h, mark } from "./dom.js";
import { sayError } from "./notices.js";
import { Parts, acts, rolePage, title } from "./roles.js";
import { temperatureMark } from "./shots.js";
import { stateOf } from "./states.js";
import { language, t } from "./texts.js";
import { clock, secondsSince, since } from "./time.js";

let parts;
const BAD_NOTICE = ["off", "failed", "unsure", "cancelled"];
const mayReport = ["medic", "administrator"].includes(document.body.dataset.role);

const resting = (visit, minutes, context) => {
  const ready = secondsSince(visit.since) >= minutes * 60;
  return h(
    "li",
    { class: "role-row", data: { visit: visit.id, state: visit.state, ready: String(ready) } },
    h("div", { class: "role-who" }, title(visit), temperatureMark(visit.temperature), h("span", { class: "role-timer" }, t("staff.room.since"), " ", since(visit.since, "role-clock")), ready ? mark("check", t("staff.room.ready"), "good") : h("span", { class: "soft" }, t("staff.room.rest", { minutes }))),
    h("div", { class: "role-acts" }, acts(["remeasure"], visit, context, "remeasure")),
  );
};

async function makeReport(visit, context) {
  try {
    const { job } = await write("/staff/api/room/reports", { visit, language });
    await followJob(job, () => {});
  } catch (error) {
    if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
    sayError(error);
  }
  context.live.refresh();
}

function incident(facts, context) {
  const { report } = facts;
  const working = report && ["queued", "running"].includes(report.state);
  return h(
    "li",
    { class: "role-row", data: { visit: facts.visit } },
    h("div", { class: "role-who" }, title(facts), h("span", { class: "soft" }, clock(facts.at)), facts.contacts === null ? null : h("span", {}, t("staff.room.contacts", { count: facts.contacts })), mark(BAD_NOTICE.includes(facts.notice) ? "alert" : "check", t(`staff.room.notice.${facts.notice}`), BAD_NOTICE.includes(facts.notice) ? "warn" : "good")),
    h(
      "div",
      { class: "role-acts" },
      !mayReport
        ? null
        : report?.state === "done"
          ? h("a", { class: "button plain", href: `/staff/api/room/reports/${report.job}.pdf`, data: { testid: "report" } }, t("staff.room.report"))
          : working
            ? h("span", { class: "soft" }, t("staff.room.making"))
            : null,
      mayReport && !working ? button(t("staff.room.make"), { icon: "file", kind: "quiet", press: () => makeReport(facts.visit, context) }) : null,
    ),
  );
}

rolePage("/staff/api/room", ({ snapshot, facts }, context) => {
  if (!parts) {
    parts = new Parts(document.getElementById("content"));
    setInterval(() => context.redraw(), 5000); // the minutes of rest pass without any news
  }
  const minutes = facts.rest_minutes;
  const room = snapshot.visits.filter((visit) => visit.state === "observation").sort((a, b) => a.since.localeCompare(b.since));
  const others = snapshot.visits.filter((visit) => visit.actions.includes("send_to_observation") && visit.state !== "observation");
  const busy = [...context.page.busy];
  const ready = room.map((visit) => secondsSince(visit.since) >= minutes * 60);
  parts.show("room", [room, ready, busy], () => (room.length ? h("ul", {}, room.map((visit) => resting(visit, minutes, context))) : h("p", { class: "soft" }, t("staff.room.empty"))));
  parts.show("incidents", facts.incidents, () => [
    h("h2", {}, t("staff.room.incidents")),
    facts.incidents.length ? h("ul", {}, facts.incidents.map((one) => incident(one, context))) : h("p", { class: "soft" }, t("staff.room.none")),
    h("h3", {}, t("staff.room.call")),
    facts.call.length ? h("ul", {}, facts.call.map((line) => h("li", {}, line))) : h("p", { class: "soft" }, t("staff.room.call_none")),
  ]);
  parts.show("others", [others, busy], () => [
    h("h2", {}, t("staff.room.others")),
    h("p", { class: "soft" }, t("staff.room.others_lead")),
    others.length
      ? h("ul", {}, others.map((visit) => h("li", { class: "role-row", data: { visit: visit.id, state: visit.state } }, h("div", { class: "role-who" }, title(visit), h("span", { class: "soft" }, t(stateOf(visit).key))), h("div", { class: "role-acts" }, acts(["unwell"], visit, context)))))
      : h("p", { class: "soft" }, t("staff.room.nobody_else")),
  ]);
});

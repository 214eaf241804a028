/* The usher's page: how full the waiting area is, who is called and who is next, who is due and who is late. */

import { h, mark } from "./dom.js";
import { Parts, acts, rolePage, title } from "./roles.js";
import { queueMarks } from "./rows.js";
import { t } from "./texts.js";
import { clock, since } from "./time.js";

let parts;

function load(line) {
  if (!line) return [h("h2", {}, t("staff.usher.load")), h("p", { class: "soft" }, t("staff.usher.nobody"))];
  const full = line.places !== null && line.inside >= line.places;
  const bar = line.places === null ? null : h("meter", { min: "0", max: String(Math.max(1, line.places)), value: String(Math.min(line.inside, line.places)), high: String(line.places * 0.8), optimum: "0", "aria-label": t("staff.usher.load"), data: { testid: "load" } });
  return [
    h("h2", {}, t("staff.usher.load")),
    h("p", { class: "role-big" }, line.places === null ? t("staff.usher.places_open", line) : t("staff.usher.places", line)),
    bar,
    full ? h("p", {}, mark("alert", t("staff.usher.full"), "warn")) : null,
    h("p", { class: "role-facts" }, line.outside ? h("span", {}, t("staff.usher.outside", { count: line.outside })) : null, line.held ? h("span", {}, t("staff.usher.held", { count: line.held })) : null, h("span", {}, t("staff.usher.wait", { minutes: Math.ceil(line.wait_seconds / 60) })), h("span", { class: "soft" }, t("staff.usher.pace", { minutes: (line.seat_seconds / 60).toFixed(1), seats: line.seats }))),
  ];
}

const row = (visit, names, context, primary) =>
  h(
    "li",
    { class: "role-row", data: { visit: visit.id, state: visit.state } },
    h("div", { class: "role-who" }, title(visit), visit.state === "called" ? h("span", { class: "role-seat" }, visit.station ?? "") : null, since(visit.since, "soft"), queueMarks(visit)),
    h("div", { class: "role-acts" }, acts(names, visit, context, primary)),
  );

function slot(facts) {
  const late = facts.phase === "over" || facts.phase === "now";
  const rest = facts.due - facts.came - facts.missing.length;
  return h(
    "li",
    { class: `role-slot ${facts.phase}` },
    h("p", {}, h("strong", {}, `${clock(facts.from)}–${clock(facts.until)}`), " ", h("span", { class: "soft" }, t(`staff.usher.phase.${facts.phase}`)), " ", h("span", {}, t("staff.usher.came", facts))),
    facts.missing.length
      ? h("details", { class: "fold", open: facts.phase === "now" }, h("summary", {}, t(late ? "staff.usher.late" : "staff.usher.due"), ` ${facts.missing.length + Math.max(0, rest)}`), h("ul", { class: "role-missing" }, facts.missing.map((student) => h("li", {}, student.name, " ", h("span", { class: "soft" }, student.student_number, " ", student.class_name))), rest > 0 ? h("li", { class: "soft" }, t("staff.usher.more", { count: rest })) : null))
      : null,
  );
}

rolePage("/staff/api/usher", ({ snapshot, facts }, context) => {
  parts ??= new Parts(document.getElementById("content"));
  const called = snapshot.visits.filter((visit) => visit.state === "called");
  const order = snapshot.line?.next ?? [];
  const waiting = snapshot.visits.filter((visit) => visit.state === "queued");
  const place = (visit) => (order.includes(visit.id) ? order.indexOf(visit.id) : 1000 + (visit.number ?? 0));
  const next = [...waiting].sort((a, b) => place(a) - place(b)).slice(0, 30);
  const busy = [...context.page.busy];
  parts.show("load", snapshot.line, () => load(snapshot.line));
  parts.show("called", [called, busy], () => [h("h2", {}, t("staff.usher.called")), called.length ? h("ul", {}, called.map((visit) => row(visit, ["recall", "requeue", "unwell"], context, "recall"))) : h("p", { class: "soft" }, t("staff.usher.nobody_called"))]);
  parts.show("next", [next, busy], () => [h("h2", {}, t("staff.usher.next")), next.length ? h("ul", {}, next.map((visit) => row(visit, ["let_in", "release_hold", "hold", "set_priority", "unwell"], context))) : h("p", { class: "soft" }, t("staff.usher.nobody"))]);
  parts.show("slots", facts.slots, () => [h("h2", {}, t("staff.usher.slots")), facts.slots.length ? h("ul", {}, facts.slots.map(slot)) : h("p", { class: "soft" }, t("staff.usher.no_slots"))]);
});

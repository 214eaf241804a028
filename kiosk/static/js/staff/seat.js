/* The operator's page: each seat with its live picture, both identities side by side, the last photo, photos to decide. */

import { read, Refused, Unreachable } from "./api.js";
import { fill, h, mark } from "./dom.js";
import { Parts, acts, rolePage, title } from "./roles.js";
import { SeatLive } from "./seat-live.js";
import { shotCard, temperatureMark } from "./shots.js";
import { stateOf } from "./states.js";
import { t } from "./texts.js";
import { since } from "./time.js";

const ACTS = ["recall", "requeue", "decide_shot", "allow_shot", "release_shutter", "unwell", "park_visit"];
let parts;
const lives = new Map(); // station → its live picture, which outlives a redraw

/** Whether the machine asked about the last photo and nobody answered. */
const asks = (visit) => visit.verdict === "ask" && !visit.staff_decision;

const identity = (word, visit, nobody) =>
  h(
    "div",
    { class: "seat-identity", data: { visit: visit?.id ?? "" } },
    h("h3", {}, word),
    visit ? [h("p", { class: "role-who" }, title(visit)), h("p", { class: "soft" }, visit.id_number, " ", visit.major_name)] : h("p", { class: "soft" }, nobody),
  );

/** The visit's last photo beside its checks, and the photo on the card where one was decoded. */
function pictures(id) {
  const holder = h("div", { class: "seat-pictures" });
  read(`/staff/api/visits/${encodeURIComponent(id)}`).then(
    (data) => {
      const last = [...data.shots].sort((a, b) => b.ordinal - a.ordinal)[0];
      fill(
        holder,
        data.card_photo ? h("figure", { class: "seat-card" }, h("img", { src: `/staff/api/visits/${encodeURIComponent(id)}/card.jpg`, alt: t("staff.seat.card_photo"), width: "102", height: "126" }), h("figcaption", {}, t("staff.seat.card_photo"))) : null,
        last ? shotCard(last) : h("p", { class: "soft" }, t("staff.seat.no_shot")),
      );
    },
    (error) => {
      if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
    },
  );
  return holder;
}

function seat(station, snapshot, context) {
  const find = (id) => snapshot.visits.find((visit) => visit.id === id);
  const holder = find(station.seat_visit);
  const front = find(station.front);
  const same = holder && front && holder.id === front.id;
  const state = holder ? stateOf(holder) : null;
  return [
    h("div", { class: "seat-head" }, h("h2", {}, t("staff.seat", { seat: station.seat })), state ? mark(state.icon, t(state.key), state.tone) : h("span", { class: "soft" }, t("staff.seat.free")), holder ? since(holder.since, "soft") : null, holder ? temperatureMark(holder.temperature) : null),
    holder
      ? [
          h("div", { class: `seat-both ${same ? "same" : "differs"}`, data: { testid: "both", same: String(Boolean(same)) } }, identity(t("staff.seat.holder"), holder, ""), identity(t("staff.seat.front"), front, t("staff.seat.nobody_front")), mark(same ? "check" : "alert", t(same ? "staff.seat.same" : "staff.seat.differs"), same ? "good" : "bad")),
          h("div", { class: "role-acts", data: { visit: holder.id } }, acts(ACTS, holder, context, asks(holder) ? "decide_shot" : "")),
          h("div", { class: "seat-pictures" }, live(station.name), pictures(holder.id)),
        ]
      : live(station.name),
  ];
}

function live(name) {
  if (!lives.has(name)) lives.set(name, new SeatLive(name));
  return lives.get(name).node;
}

rolePage(null, ({ snapshot }, context) => {
  parts ??= new Parts(document.getElementById("content"));
  const busy = [...context.page.busy];
  for (const station of snapshot.stations) {
    const involved = snapshot.visits.filter((visit) => visit.id === station.seat_visit || visit.id === station.front);
    parts.show(`seat-${station.name}`, [station.seat, station.seat_visit, station.front, involved, busy], () => seat(station, snapshot, context));
  }
  const seated = new Set(snapshot.stations.map((station) => station.seat_visit));
  const open = snapshot.visits.filter((visit) => !seated.has(visit.id) && asks(visit) && visit.actions.includes("decide_shot"));
  parts.show("decide", [open, busy], () => [
    h("h2", {}, t("staff.seat.to_decide")),
    open.length
      ? h("ul", {}, open.map((visit) => h("li", { class: "role-row", data: { visit: visit.id } }, h("div", { class: "role-who" }, title(visit), h("span", { class: "soft" }, t(stateOf(visit).key))), h("div", { class: "role-acts" }, acts(["decide_shot"], visit, context, "decide_shot")))))
      : h("p", { class: "soft" }, t("staff.seat.none_to_decide")),
  ]);
});

/* The strip of stations: what each screen shows, what is wrong with its devices, and the call of the next number. */

import { ask } from "./actions.js";
import { button, fill, h, icon, mark } from "./dom.js";
import { toast } from "./notices.js";
import { first, t } from "./texts.js";

const SEATED = ["called", "capture", "review", "receipt"];
/* Screens at which somebody stands; the others make room when the next number is called (actions/stations.py). */
const ATTENDED = ["confirm", "declare", "temperature", "called", "capture", "review", "receipt"];
const DEVICES = ["bridge", "reader", "camera", "thermometer"];

/** Draw the strip; it is small, so it is drawn anew unless nothing changed. */
export function drawStations(holder, snapshot, context) {
  const busy = snapshot.stations.map((station) => context.page.busy.has(station.name));
  const signature = JSON.stringify([snapshot.stations, snapshot.counts, busy]);
  if (holder.signature === signature) return;
  holder.signature = signature;
  const focused = holder.contains(document.activeElement)
    ? [document.activeElement.closest(".station")?.dataset.station, document.activeElement.dataset.action]
    : null;
  fill(
    holder,
    snapshot.stations.map((station) => card(station, snapshot, context)),
  );
  if (focused) holder.querySelector(`[data-station="${CSS.escape(focused[0])}"] [data-action="${focused[1]}"]`)?.focus();
}

function card(station, snapshot, context) {
  const busy = context.page.busy.has(station.name);
  const seated = snapshot.visits.find((visit) => visit.id === station.seat_visit);
  const free = !station.seat_visit;
  const waiting = snapshot.counts?.waiting ?? 0;
  const calledStaff = Boolean(station.called_staff_since);
  const mayCall = document.body.dataset.role !== "medic";
  const stands = Boolean(station.front) && ATTENDED.includes(station.screen);
  const why = !free ? t("staff.seat_taken") : stands ? t("staff.station_busy") : waiting === 0 ? t("staff.nobody_waits") : null;
  return h(
    "article",
    {
      class: `station${calledStaff ? " warn" : ""}`,
      data: { station: station.name, screen: station.screen, called: String(calledStaff) },
      "aria-label": `${t("staff.seat", { seat: station.seat })} ${station.name}`,
    },
    h("div", { class: "station-seat" }, h("span", { class: "station-seat-word" }, t("staff.seat_word")), h("span", { class: "station-seat-number" }, station.seat)),
    h(
      "div",
      { class: "station-facts" },
      h(
        "div",
        { class: "station-line" },
        h("strong", {}, t(`staff.screen.${station.screen}`)),
        seated && SEATED.includes(station.screen) && seated.number !== null ? h("span", { class: "station-number" }, t("staff.number", { number: seated.number })) : null,
        h("span", { class: "soft station-name" }, station.name),
      ),
      h("div", { class: "station-line" }, devices(station)),
      station.notice
        ? h("div", { class: "station-line", data: { notice: station.notice.code } }, mark("alert", t("staff.last_refused", { sentence: station.notice.staff }), "warn"))
        : null,
    ),
    h(
      "div",
      { class: "station-acts" },
      calledStaff
        ? button(t("staff.action.answer_call"), {
            icon: "bell",
            kind: "tonal",
            data: { action: "answer_call" },
            attributes: { "aria-disabled": busy ? "true" : null },
            press: () => busy || ask("answer_call", station, context),
          })
        : null,
      mayCall
        ? button(t("staff.action.call_next"), {
            icon: "bell",
            kind: why ? "plain" : "primary",
            data: { action: "call_next" },
            attributes: { "aria-disabled": busy || why ? "true" : null, title: why },
            press: () => {
              if (why) toast(why, { tone: "warn" });
              else if (!busy) ask("call_next", station, context);
            },
          })
        : null,
    ),
  );
}

/** Quiet while all is well; otherwise each device that is not, by name and with its sentence. */
function devices(station) {
  const known = station.devices ?? {};
  if (Object.keys(known).length === 0) return mark("ask", t("staff.device.unknown"), "soft"); // another kiosk's own server knows
  // Without the bridge nothing is known of what hangs on it.
  const names = ["ready", "off", undefined].includes(known.bridge?.state) ? DEVICES : ["bridge"];
  const wrong = names.map((name) => [name, known[name]]).filter(([, device]) => device && !["ready", "off"].includes(device.state));
  if (wrong.length === 0) return mark("check", t("staff.device.all_well"), "soft");
  return wrong.map(([name, device]) => {
    const sentence = device.state === "fault" ? first([`staff.fault.${device.code}`, `refusal.${device.code}.title`], t("staff.device.fault")) : t("staff.device.starting");
    return device.state === "fault"
      ? mark("alert", `${t(`staff.device.${name}`)} · ${sentence}`, "bad")
      : h("span", { class: "mark soft" }, icon("clock"), h("span", {}, `${t(`staff.device.${name}`)} · ${sentence}`));
  });
}

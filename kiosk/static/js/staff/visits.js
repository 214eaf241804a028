/*
 * The live list of visits: wires snapshot, stations, rows, detail panel, filter and keys together.
 *
 * Hooks for tests, stable:
 *   [data-testid=stations] > [data-station=NAME]        a station; data-screen, data-called="true" when staff are called
 *   [data-testid=visits] [data-group=hand|seat|waiting|inside|ended]   groups; a group without rows is absent
 *   [data-visit=ID]                                     a row; data-state, data-number
 *   [data-visit=ID] [data-testid=open]                  opens the detail panel, [data-testid=detail][data-visit=ID]
 *   [data-action=NAME]                                  every button that performs a staff action: in a row, in the menu
 *                                                       ([data-testid=menu], opened by [data-testid=more]), in the panel, at a station
 *   [data-testid=dialog-NAME]                           the dialog of an action; [data-testid=dialog-submit|dialog-cancel],
 *                                                       [data-testid=reason-1…6], reason-note, celsius, student-search,
 *                                                       [data-student=ID], [data-station-choice=NAME], [data-decision=accept|reject|continue|cancel]
 *   [data-testid=toast], [data-testid=toast-action]     what happened; undo or retry
 *   [data-testid=search], [data-filter=all|hand|…], [data-testid=confirm-without-card], #lost (connection banner)
 *   [data-testid=language|logout|nav-PAGE]              the bar; login, password, submit on the doors
 */

import { ask } from "./actions.js";
import { button, fill, h, icon, skeleton } from "./dom.js";
import { Detail } from "./detail.js";
import { Live } from "./live.js";
import { Rows, groupOf, matches } from "./rows.js";
import { boot, showConnection } from "./shell.js";
import { drawStations } from "./stations.js";
import { t } from "./texts.js";
import { setNow, tick } from "./time.js";

const FILTERS = [
  ["all", null],
  ["hand", "hand"],
  ["seat", "seat"],
  ["waiting", "clock"],
  ["inside", "person"],
  ["ended", "check"],
];

const page = {
  snapshot: null,
  filter: "all",
  query: "",
  busy: new Set(), // visit or station whose press is on its way
};

const context = {
  /** Take a press through: send, show the answer, refresh the list; see actions.js. */
  live: null,
  page,
  station: (name) => page.snapshot?.stations.find((station) => station.name === name),
  visit: (id) => page.snapshot?.visits.find((visit) => visit.id === id),
  redraw: () => draw(),
};

let rows;
let detail;

function draw() {
  const snapshot = page.snapshot;
  if (!snapshot) return;
  document.getElementById("list").removeAttribute("aria-busy");
  drawStations(document.getElementById("stations"), snapshot, context);
  drawFilters(snapshot);
  rows.draw(snapshot, { filter: page.filter, query: page.query, open: detail.visit });
  detail.follow(snapshot);
}

function drawFilters(snapshot) {
  const count = { all: 0, hand: snapshot.stations.filter((station) => station.called_staff_since).length };
  for (const visit of snapshot.visits.filter((candidate) => matches(candidate, page.query))) {
    const group = groupOf(visit);
    count[group] = (count[group] ?? 0) + 1;
    count.all += 1;
  }
  const holder = document.getElementById("filters");
  if (!holder.firstElementChild) {
    fill(
      holder,
      FILTERS.map(([name, iconName]) =>
        h(
          "button",
          {
            type: "button",
            class: "filter",
            data: { filter: name },
            on: {
              click: () => {
                page.filter = page.filter === name ? "all" : name;
                draw();
              },
            },
          },
          iconName ? icon(iconName) : null,
          h("span", {}, t(`staff.group.${name}.short`)),
          h("span", { class: "count" }),
        ),
      ),
    );
  }
  for (const element of holder.children) {
    const number = count[element.dataset.filter] ?? 0;
    element.setAttribute("aria-pressed", String(page.filter === element.dataset.filter));
    element.classList.toggle("warn", element.dataset.filter === "hand" && number > 0);
    element.querySelector(".count").textContent = String(number);
  }
}

function openDetail(id, { focus = false } = {}) {
  if (!id) {
    const last = detail.visit;
    detail.close();
    document.getElementById("visits").classList.remove("with-detail");
    draw();
    rows.focus(last);
    return;
  }
  document.getElementById("visits").classList.add("with-detail");
  detail.open(id, focus);
  draw();
}

function keys(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const typing = event.target.closest("input, textarea, select");
  if (event.key === "Escape") {
    if (rows.closeMenu()) return;
    if (typing) {
      typing.blur();
      return;
    }
    if (detail.visit) openDetail(null);
  } else if (typing) {
    if (event.key === "Enter" && typing.id === "search") rows.step(1);
  } else if (event.key === "/") {
    event.preventDefault();
    document.getElementById("search").focus();
  } else if (event.key === "j" || event.key === "k") {
    rows.step(event.key === "j" ? 1 : -1);
  }
}

boot(async () => {
  const list = document.getElementById("list");
  fill(list, skeleton(7));
  rows = new Rows(list, context, openDetail);
  detail = new Detail(document.getElementById("detail"), context, openDetail);
  context.live = new Live(
    "/staff/api/snapshot",
    (snapshot) => {
      setNow(snapshot.now);
      page.snapshot = snapshot;
      draw();
    },
    showConnection,
  );
  const search = document.getElementById("search");
  search.addEventListener("input", () => {
    page.query = search.value;
    draw();
  });
  const withoutCard = document.getElementById("without-card");
  withoutCard.replaceWith(
    button(t("staff.action.confirm_without_card"), {
      icon: "card",
      data: { action: "confirm_without_card", testid: "confirm-without-card" },
      press: () => ask("confirm_without_card", null, context),
      attributes: { id: "without-card", hidden: !["administrator", "operator", "usher"].includes(document.body.dataset.role) },
    }),
  );
  document.addEventListener("keydown", keys);
  tick(document.body);
  await context.live.start();
});


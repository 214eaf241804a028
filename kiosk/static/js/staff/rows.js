/* The rows of the list: grouped, keyed by visit, redrawn only where something changed, so that focus stays put. */

import { ask } from "./actions.js";
import { arrange, button, empty, h, icon, mark } from "./dom.js";
import { temperatureMark } from "./shots.js";
import { GROUPS, ICONS, actionsOf, stateOf } from "./states.js";
import { t } from "./texts.js";
import { clock, since } from "./time.js";

/** How a visit waits: priority, on hold, outside, calls it missed. */
export function queueMarks(visit) {
  if (visit.state !== "queued" && visit.state !== "called") return visit.priority ? [mark("alert", t("staff.mark.priority"), "", "flag")] : [];
  return [
    visit.priority ? mark("alert", t("staff.mark.priority"), "", "flag") : null,
    visit.held_since ? mark("pause", t("staff.mark.held"), "warn", "flag") : null,
    visit.actions.includes("let_in") ? mark("clock", t("staff.mark.outside", { time: clock(visit.come_back_at) }), "", "flag") : null,
    visit.missed_calls ? mark("bell", t("staff.mark.missed", { count: visit.missed_calls }), "", "flag") : null,
  ];
}

export const groupOf = (visit) => stateOf(visit).group;

/** Whether a visit is meant by what was typed: number, masked name, end of a masked number, class, major. */
export function matches(visit, query) {
  const wanted = query.trim().toLowerCase();
  if (!wanted) return true;
  if (/^\d{1,3}$/.test(wanted) && String(visit.number) === wanted) return true;
  return [visit.name, visit.code_tail, visit.id_number, visit.student_number, visit.class_name, visit.major_name]
    .filter(Boolean)
    .some((field) => field.toLowerCase().includes(wanted));
}

const bySince = (a, b) => (a.since < b.since ? -1 : a.since > b.since ? 1 : 0); // moments in one form: letters suffice
const byNumber = (a, b) => (a.number ?? 1e9) - (b.number ?? 1e9) || bySince(a, b);
const ORDER = { hand: bySince, seat: byNumber, waiting: byNumber, inside: bySince, ended: (a, b) => bySince(b, a) };

/** Rows of a group that are shown at once; more at a press, or by the search. */
const PAGE = 100;
/** A row that moved so far under its open menu has been scrolled away from it. */
const STRAY_PX = 8;

/** Whether two lists of facts are the same; the same thing read twice is compared by what it says. */
const same = (a, b) => a.length === b.length && a.every((fact, at) => fact === b[at] || (typeof fact === "object" && JSON.stringify(fact) === JSON.stringify(b[at])));

export class Rows {
  constructor(holder, context, open) {
    this.holder = holder;
    this.context = context;
    this.open = open;
    this.drawn = new Map(); // key → {element, facts}
    this.frames = {}; // group → its section and the list in it, which stay while what is in them changes
    this.showEnded = false;
    this.room = {}; // group → rows shown, where more than a page was asked for
    this.menu = null;
    this.facts = [];
    document.addEventListener("click", (event) => this.menu && !event.target.closest(".menu, [data-testid=more]") && this.closeMenu());
    addEventListener("scroll", () => this.strayed() && this.closeMenu(), { passive: true });
    addEventListener("resize", () => this.closeMenu());
  }

  draw(snapshot, { filter, query, open }) {
    // A snapshot of changes keeps the rows that did not change, and the list itself where none did.
    const facts = [snapshot.visits, JSON.stringify([snapshot.stations, filter, query, open, this.showEnded, this.room, [...this.context.page.busy]])];
    if (same(facts, this.facts)) return;
    this.facts = facts;
    const found = snapshot.visits.filter((visit) => matches(visit, query));
    const grouped = Object.fromEntries(GROUPS.map((group) => [group, []]));
    for (const visit of found) grouped[groupOf(visit)]?.push(visit);
    const calls = query ? [] : snapshot.stations.filter((station) => station.called_staff_since);
    const sections = [];
    for (const group of GROUPS) {
      if (filter !== "all" && filter !== group) continue;
      const visits = grouped[group].sort(ORDER[group]);
      const stations = group === "hand" ? calls : [];
      if (visits.length + stations.length === 0) continue;
      const folded = group === "ended" && filter === "all" && !query && !this.showEnded;
      sections.push(this.section(group, visits, stations, folded, open));
    }
    if (sections.length === 0) sections.push(this.nothing(snapshot, filter, query));
    this.place(sections);
    if (this.menu && !this.holder.contains(this.menu.opener)) this.closeMenu();
  }

  /** Put the sections in; kept rows keep their focus because the focused element is looked up again. */
  place(sections) {
    const active = document.activeElement;
    const row = active?.closest?.(".row");
    const hook = row && this.holder.contains(row) ? { key: row.dataset.key, testid: active.dataset.testid, action: active.dataset.action } : null;
    const fold = active?.dataset.testid === "fold-ended" && this.holder.contains(active);
    arrange(this.holder, sections);
    if (fold) this.holder.querySelector("[data-testid=fold-ended]")?.focus({ preventScroll: true });
    if (!hook) return;
    const again = this.drawn.get(hook.key)?.element;
    if (!again?.isConnected) return;
    const target =
      (hook.action && again.querySelector(`[data-action="${hook.action}"]`)) ||
      (hook.testid && again.querySelector(`[data-testid="${hook.testid}"]`)) ||
      again.querySelector("[data-testid=open]");
    target?.focus({ preventScroll: true });
  }

  section(group, visits, stations, folded, open) {
    this.frames[group] ??= { section: h("section", { class: `group ${group}`, data: { group } }), list: h("ul", { class: "rows" }) };
    const { section, list } = this.frames[group];
    const most = this.room[group] ?? PAGE;
    const all = visits.length + stations.length;
    const further = !folded && visits.length > most;
    arrange(
      list,
      folded
        ? []
        : [
            stations.map((station) => this.keyed(`call:${station.name}`, [station.called_staff_since, station.caller_left, this.busy(station.name)], () => this.callRow(station))),
            visits.slice(0, most).map((visit) =>
              this.keyed(visit.id, [visit, this.busy(visit.id), visit.id === open], () => this.row(visit, group, visit.id === open)),
            ),
          ],
    );
    arrange(
      section,
      this.keyed(`head:${group}`, [all, folded], () => this.head(group, all, folded)),
      folded ? null : list,
      further ? this.keyed(`further:${group}`, [most, visits.length], () => this.further(group, most, visits.length)) : null,
    );
    return section;
  }

  head(group, all, folded) {
    const title = [h("span", {}, t(`staff.group.${group}`)), h("span", { class: "count" }, String(all))];
    const fold = () =>
      h(
        "button",
        {
          type: "button",
          class: "group-fold",
          "aria-expanded": String(!folded),
          data: { testid: "fold-ended" },
          on: {
            click: () => {
              this.showEnded = folded;
              this.context.redraw();
            },
          },
        },
        icon("chevron"),
        title,
      );
    return h("h2", { class: "group-head" }, group === "ended" ? fold() : [group === "hand" ? icon("hand") : null, title]);
  }

  further(group, most, all) {
    return h(
      "p",
      { class: "group-further" },
      button(t("staff.more_rows", { count: Math.min(PAGE, all - most), rest: all - most }), {
        data: { testid: "more-rows" },
        press: () => {
          this.room[group] = most + PAGE;
          this.context.redraw();
          this.holder.querySelectorAll(`[data-group="${group}"] [data-visit] [data-testid=open]`)[most]?.focus();
        },
      }),
    );
  }

  busy(target) {
    return this.context.page.busy.has(target);
  }

  keyed(key, facts, make) {
    const known = this.drawn.get(key);
    if (known && same(known.facts, facts)) return known.element;
    const element = make();
    element.dataset.key = key;
    this.drawn.set(key, { element, facts });
    return element;
  }

  row(visit, group, open) {
    const state = stateOf(visit);
    const [first, rest] = actionsOf(visit);
    const number = visit.number ?? null;
    const body = h(
      "button",
      {
        type: "button",
        class: "row-open",
        "aria-expanded": String(open),
        data: { testid: "open" },
        on: { click: () => this.open(open ? null : visit.id) },
      },
      h("span", { class: "row-number" }, number === null ? h("span", { class: "soft", "aria-label": t("staff.no_number") }, "–") : String(number)),
      h(
        "span",
        { class: "row-who" },
        h("span", { class: "row-name" }, visit.name || t("staff.code_visit")),
        h("span", { class: "row-sub" }, visit.id_number || visit.student_number || (visit.code_tail ? `…${visit.code_tail}` : "")),
      ),
      h(
        "span",
        { class: "row-state" },
        mark(state.icon, t(state.key), state.tone),
        group === "ended"
          ? h("span", { class: "row-time" }, clock(visit.since))
          : since(visit.since, "row-time"),
      ),
      h("span", { class: "row-temperature" }, temperatureMark(visit.temperature)),
      h("span", { class: "row-shots" }, visit.shots_used ? [icon("camera"), h("span", { class: "unseen" }, t("staff.shots")), `${visit.shots_used}/${visit.shots_allowed}`] : null),
      h(
        "span",
        { class: "row-flags" },
        queueMarks(visit),
        (visit.flags ?? []).map((flag) => mark("alert", t(`staff.flag.${flag}`), "warn", "flag")),
        visit.report ? mark("report", visit.report.fields.map((field) => t(`staff.field.${field}`)).join("、"), "", "flag") : null,
        visit.assurance && !["chip_verified", "code"].includes(visit.assurance) ? mark("card", t(`staff.assurance.${visit.assurance}`), "", "flag") : null,
      ),
    );
    const busy = this.busy(visit.id);
    return h(
      "li",
      { class: `row ${state.tone}`, data: { visit: visit.id, state: visit.state, number: number ?? "" } },
      body,
      h(
        "div",
        { class: "row-acts" },
        first ? this.action(first, visit, group === "hand" ? "tonal" : "plain", busy) : null,
        rest.length
          ? button("", {
              icon: "more",
              kind: "quiet",
              label: t("staff.more", { number: number ?? visit.name }),
              data: { testid: "more" },
              attributes: { "aria-haspopup": "menu", "aria-expanded": "false" },
              press: (event) => this.openMenu(event.currentTarget, visit, rest),
            })
          : null,
      ),
    );
  }

  action(name, visit, kind, busy) {
    return button(t(`staff.action.${name}`), {
      icon: ICONS[name],
      kind,
      data: { action: name },
      attributes: { "aria-disabled": busy ? "true" : null, "aria-busy": busy ? "true" : null },
      press: () => busy || ask(name, visit, this.context),
    });
  }

  callRow(station) {
    const busy = this.busy(station.name);
    return h(
      "li",
      { class: "row warn call", data: { stationCall: station.name } },
      h(
        "div",
        { class: "row-open" },
        h("span", { class: "row-number" }, icon("seat")),
        h("span", { class: "row-who" }, h("span", { class: "row-name" }, t("staff.seat", { seat: station.seat })), h("span", { class: "row-sub" }, station.name)),
        h(
          "span",
          { class: "row-state" },
          mark("bell", t(station.caller_left ? "staff.caller_left" : "staff.called_staff"), "warn"),
          since(station.called_staff_since, "row-time"),
        ),
      ),
      h(
        "div",
        { class: "row-acts" },
        button(t("staff.action.answer_call"), {
          icon: "check",
          kind: "tonal",
          data: { action: "answer_call" },
          attributes: { "aria-disabled": busy ? "true" : null },
          press: () => busy || ask("answer_call", station, this.context),
        }),
      ),
    );
  }

  nothing(snapshot, filter, query) {
    if (query) return empty("search", t("staff.empty.search"), t("staff.empty.search_next"));
    if (filter !== "all") return empty("check", t(`staff.empty.${filter}`));
    return empty("calendar", t("staff.empty.day"), t("staff.empty.day_next"));
  }

  openMenu(opener, visit, names) {
    const again = this.menu?.opener === opener;
    this.closeMenu();
    if (again) return;
    const items = names.map((name) =>
      h(
        "button",
        {
          type: "button",
          role: "menuitem",
          class: name === "cancel" ? "menu-item danger" : "menu-item",
          data: { action: name, visit: visit.id },
          on: {
            click: () => {
              this.closeMenu();
              ask(name, visit, this.context);
            },
          },
        },
        icon(ICONS[name] ?? "dot"),
        h("span", {}, t(`staff.action.${name}`)),
      ),
    );
    const node = h("div", { class: "menu", role: "menu", "aria-label": t("staff.more", { number: visit.number ?? visit.name }), data: { testid: "menu" } }, items);
    node.addEventListener("keydown", (event) => {
      const at = items.indexOf(document.activeElement);
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) {
        event.preventDefault();
        items[(at + step + items.length) % items.length].focus();
      } else if (event.key === "Tab") this.closeMenu();
    });
    document.getElementById("main").append(node);
    const box = opener.getBoundingClientRect();
    const own = node.getBoundingClientRect();
    const below = box.bottom + own.height + 8 < innerHeight;
    node.style.top = `${Math.max(8, below ? box.bottom + 4 : box.top - own.height - 4)}px`;
    node.style.left = `${Math.max(8, Math.min(box.right - own.width, innerWidth - own.width - 8))}px`;
    opener.setAttribute("aria-expanded", "true");
    this.menu = { node, opener, top: box.top };
    items[0].focus();
  }

  /** A scroll is told late, maybe after the press that it brought into view: it only counts where the row went away. */
  strayed() {
    return this.menu && Math.abs(this.menu.opener.getBoundingClientRect().top - this.menu.top) > STRAY_PX;
  }

  closeMenu() {
    if (!this.menu) return false;
    const { node, opener } = this.menu;
    this.menu = null;
    const inside = node.contains(document.activeElement);
    node.remove();
    opener.setAttribute("aria-expanded", "false");
    if (inside && opener.isConnected) opener.focus({ preventScroll: true });
    return true;
  }

  /** j and k: to the next or previous row. */
  step(by) {
    const all = [...this.holder.querySelectorAll("[data-testid=open]")];
    if (all.length === 0) return;
    const at = all.indexOf(document.activeElement.closest?.(".row")?.querySelector("[data-testid=open]"));
    const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + by))];
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  }

  focus(id) {
    this.drawn.get(id)?.element.querySelector("[data-testid=open]")?.focus({ preventScroll: true });
  }
}

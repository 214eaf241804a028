/*
 * What the pages of the roles share: the live snapshot, a page's own facts beside it, large buttons, parts that are drawn
 * anew only when what they show has changed.
 */

import { read, Refused, Unreachable } from "./api.js";
import { ask, unwell } from "./actions.js";
import { button, fill, h } from "./dom.js";
import { isLocked } from "./gate.js";
import { Live } from "./live.js";
import { boot, showConnection } from "./shell.js";
import { ICONS } from "./states.js";
import { t } from "./texts.js";
import { setNow, tick } from "./time.js";

/** Start a role's page. `own` is the address of its own facts, read with every new snapshot; `draw({snapshot, facts}, context)`. */
export function rolePage(own, draw) {
  boot(async () => {
    const page = { snapshot: null, facts: null, busy: new Set() };
    const content = document.getElementById("content");
    let reading = false;
    const context = {
      page,
      live: null,
      station: (name) => page.snapshot?.stations.find((station) => station.name === name),
      visit: (id) => page.snapshot?.visits.find((visit) => visit.id === id),
      redraw: () => {
        if (isLocked() || !page.snapshot || (own && !page.facts)) return;
        content.removeAttribute("aria-busy");
        draw({ snapshot: page.snapshot, facts: page.facts }, context);
      },
    };
    const readOwn = async () => {
      if (!own || reading) return;
      reading = true;
      try {
        page.facts = await read(own);
      } catch (error) {
        if (!(error instanceof Unreachable || error instanceof Refused)) throw error; // the snapshot says that it is lost
      } finally {
        reading = false;
      }
      context.redraw();
    };
    context.live = new Live(
      "/staff/api/snapshot",
      (snapshot) => {
        setNow(snapshot.now);
        page.snapshot = snapshot;
        context.redraw();
        readOwn();
      },
      showConnection,
    );
    tick(document.body);
    await context.live.start();
  });
}

/** A part of the page under its name; drawn anew only when `facts` changed. Returns the node. */
export class Parts {
  constructor(holder) {
    this.holder = holder;
    this.known = new Map();
  }

  show(name, facts, make) {
    const signature = JSON.stringify(facts);
    const old = this.known.get(name);
    if (old?.signature === signature) return;
    const node = old?.node ?? h("section", { class: `panel role-part role-${name}`, data: { part: name } });
    const active = node.contains(document.activeElement) ? document.activeElement : null;
    const focused = active ? [active.closest("[data-visit]")?.dataset.visit, active.dataset.action] : null;
    fill(node, make());
    if (!old) this.holder.append(node);
    this.known.set(name, { signature, node });
    if (focused?.[1]) node.querySelector(`[data-visit="${CSS.escape(focused[0] ?? "")}"] [data-action="${focused[1]}"]`)?.focus();
  }
}

/** Buttons of these actions, as far as the member may use them on the visit now. */
export function acts(names, visit, context, primary = "") {
  const busy = context.page.busy.has(visit.id);
  return names
    .filter((name) => visit.actions.includes(name === "unwell" ? "send_to_observation" : name))
    .map((name) =>
      button(name === "unwell" ? t("staff.unwell") : t(`staff.action.${name}`), {
        icon: name === "unwell" ? "alert" : ICONS[name],
        kind: name === primary ? "primary" : "plain",
        data: { action: name },
        attributes: { "aria-disabled": busy ? "true" : null },
        press: () => busy || (name === "unwell" ? unwell(visit, context) : ask(name, visit, context)),
      }),
    );
}

/** Number and masked name. */
export const title = (visit) => [h("strong", { class: "role-number" }, visit.number === null ? "–" : String(visit.number)), h("span", { class: "role-name" }, visit.name || t("staff.code_visit"))];

/** A table with a name for readers; one that is wider than the screen is scrolled by keys too. */
export const table = (name, heads, rows) =>
  h(
    "div",
    { class: "role-table", tabindex: "0", role: "region", "aria-label": name },
    h("table", {}, h("caption", { class: "unseen" }, name), h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col" }, head)))), h("tbody", {}, rows.map((row) => h("tr", {}, row.map((cell) => h("td", {}, cell)))))),
  );

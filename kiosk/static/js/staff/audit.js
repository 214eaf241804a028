/*
 * The audit for the administrator: who decided what, newest first, a page at a time, and whether the chain holds.
 * Hooks: [data-testid=chain][data-verified], [data-testid=audit-row][data-sequence], [data-testid=older|newest], filter fields.
 */

import { detail } from "./audit-detail.js";
import { button, empty, fill, h, mark } from "./dom.js";
import { boot, show } from "./shell.js";
import { action, actor, below, first, language, t } from "./texts.js";
import { day, exactClock } from "./time.js";

const LIMIT = 50;
let content;
let filters;
let before = null;

function path() {
  const asked = new URLSearchParams({ limit: String(LIMIT) });
  if (before) asked.set("before", String(before));
  for (const name of ["actor", "action", "result"]) if (filters[name]) asked.set(name, filters[name]);
  return `/staff/api/audit?${asked}`;
}

const reload = () => show(content, path(), draw);

function draw(data) {
  drawChain(data.chain);
  const rows = data.rows ?? [];
  if (!rows.length) {
    fill(content, empty("search", t("staff.audit.none")), pager(data));
    return;
  }
  fill(
    content,
    h(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-label": t("staff.audit.title") },
      h(
        "table",
        { class: "grid audit-grid" },
        h("caption", { class: "unseen" }, t("staff.audit.title")),
        h("thead", {}, h("tr", {}, ["sequence", "at", "what", "result", "actor", "station", "reason", "detail"].map((name) => h("th", { scope: "col" }, t(`staff.audit.${name}`))))),
        h(
          "tbody",
          {},
          rows.map((row) =>
            h(
              "tr",
              { data: { testid: "audit-row", sequence: row.sequence } },
              h("td", { class: "number" }, String(row.sequence)),
              h("td", { class: "nowrap" }, h("span", { class: "soft" }, day(row.at)), " ", exactClock(row.at)),
              h("td", {}, action(row.action)),
              h("td", { class: "long" }, row.result === "done" || row.result === "queued" ? mark("check", t(`staff.audit.${row.result}`), "soft") : mark("cross", first([`staff.audit.result.${row.result}`, `refusal.${row.result}.staff`], row.result), "warn")),
              h("td", { class: "nowrap" }, actor(row.actor)),
              h("td", { class: "nowrap" }, row.station ?? "–"),
              h("td", { class: "long" }, row.reason ?? ""),
              h("td", { class: "soft" }, detail(row.detail)),
            ),
          ),
        ),
      ),
    ),
    pager(data),
  );
}

function pager(data) {
  const rows = data.rows ?? [];
  return h(
    "div",
    { class: "pager" },
    before
      ? button(t("staff.audit.newest"), {
          data: { testid: "newest" },
          press: () => {
            before = null;
            reload();
          },
        })
      : null,
    data.more
      ? button(t("staff.audit.older"), {
          icon: "chevron",
          data: { testid: "older" },
          press: () => {
            before = rows[rows.length - 1].sequence;
            reload().then(() => scrollTo(0, 0));
          },
        })
      : null,
  );
}

function drawChain(chain) {
  if (!chain) return;
  const badge = chain.verified
    ? mark("shield", t("staff.audit.verified", { rows: chain.rows }), "good", "badge")
    : mark("alert", t("staff.audit.broken", { row: chain.broken_at ?? "?" }), "bad", "badge");
  badge.dataset.testid = "chain";
  badge.dataset.verified = String(chain.verified);
  fill(document.getElementById("acts"), badge);
}

/** Everything that has a name, by its name. */
function actions() {
  const all = new Set([...below("staff.action."), ...below("staff.audit.action.")]);
  return [...all].map((name) => [name, action(name)]).sort((one, other) => one[1].localeCompare(other[1], language.replace("_", "-")));
}

function drawFilters() {
  const field = (name, list = null) =>
    h(
      "label",
      { class: "field small" },
      h("span", {}, t(`staff.audit.${name === "action" ? "what" : name}`)),
      list
        ? h("select", { name, data: { testid: `filter-${name}` } }, h("option", { value: "" }, t("staff.audit.any")), list.map(([value, word]) => h("option", { value }, word)))
        : h("input", { name, autocomplete: "off", spellcheck: "false", data: { testid: `filter-${name}` } }),
    );
  const form = h(
    "form",
    {
      class: "audit-filter",
      on: {
        submit: (event) => {
          event.preventDefault();
          filters = Object.fromEntries(new FormData(form));
          before = null;
          reload();
        },
      },
    },
    field("actor"),
    field("action", actions()),
    field("result", [["done", t("staff.audit.done")], ["refused", t("staff.audit.refusals")]]),
    h("button", { class: "button plain", data: { testid: "filter" } }, t("staff.audit.filter")),
  );
  return form;
}

boot(async () => {
  const holder = document.getElementById("content");
  filters = {};
  content = h("div", { "aria-live": "polite" });
  fill(holder, drawFilters(), content);
  holder.removeAttribute("aria-busy");
  await reload();
});

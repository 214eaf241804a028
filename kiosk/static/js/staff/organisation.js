/* Units as a tree and the sites with what limits them. Hooks: [data-unit=CODE], [data-site=CODE], [data-testid]. */

import { button, empty, fill, h, mark } from "./dom.js";
import { Incomplete, openDialog, toast } from "./notices.js";
import { press, tried } from "./plan.js";
import { boot, show } from "./shell.js";
import { t } from "./texts.js";

const PATH = "/staff/api/organisation";
const UNIT_CODE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/;
const content = document.getElementById("content");
let data;

const reload = () => show(content, PATH, draw);
const input = (name, label, attributes = {}) => h("label", { class: "field" }, h("span", {}, label), h("input", { name, autocomplete: "off", ...attributes, data: { testid: `${name}` } }));

function places(site) {
  return Math.floor(site.waiting_metres / data.spacing_metres + 1e-9);
}

function siteCard(site) {
  const seconds = data.measured_seconds ?? site.student_seconds;
  const facts = [
    ["address", site.address || "–"],
    ["waiting", t("plan.site.waiting_value", { metres: site.waiting_metres, places: places(site), spacing: data.spacing_metres })],
    ["seats", String(site.seats)],
    ["seconds", t(data.measured_seconds ? "plan.site.measured" : "plan.site.entered", { seconds })],
  ];
  return h(
    "section",
    { class: "panel", data: { site: site.code } },
    h("div", { class: "balance-head" }, h("div", {}, h("h3", {}, site.title), h("p", { class: "soft" }, site.code)), site.active ? null : mark("pause", t("plan.site.off"), "soft"), button(t("plan.edit"), { icon: "pen", kind: "quiet", data: { testid: "edit-site" }, press: () => askSite(site) })),
    h("dl", { class: "facts across" }, facts.map(([name, value]) => h("div", {}, h("dt", {}, t(`plan.site.${name}`)), h("dd", {}, value)))),
  );
}

function tree() {
  const below = new Map();
  for (const unit of data.units) below.set(unit.parent, [...(below.get(unit.parent) ?? []), unit]);
  const names = new Map(data.units.map((unit) => [unit.code, unit]));
  const path = (unit) => {
    const parts = [];
    for (let at = unit; at; at = names.get(at.parent)) if (["branch", "teaching_point", "class"].includes(at.kind)) parts.unshift(at.name);
    return parts.join("/");
  };
  const list = (parent) =>
    h(
      "ul",
      { class: "unit-tree" },
      (below.get(parent) ?? []).sort((a, b) => a.name.localeCompare(b.name, "zh")).map((unit) =>
        h(
          "li",
          { data: { unit: unit.code } },
          h("div", { class: "unit" }, h("span", { class: "unit-kind" }, t(`plan.unit.${unit.kind}`)), h("strong", {}, unit.name), data.students[path(unit)] ? h("span", { class: "soft" }, t("plan.unit.students", { count: data.students[path(unit)] })) : null, unit.email ? h("span", { class: "soft" }, unit.email) : null, button(t("plan.edit"), { icon: "pen", kind: "quiet", label: `${t("plan.edit")} ${unit.name}`, press: () => askUnit(unit) })),
          below.has(unit.code) ? list(unit.code) : null,
        ),
      ),
    );
  return list("");
}

function draw(found) {
  data = found;
  fill(
    content,
    h("section", { class: "part" }, h("div", { class: "balance-head" }, h("h2", {}, t("plan.sites")), button(t("plan.site.add"), { icon: "plus", kind: "primary", data: { testid: "add-site" }, press: () => askSite(null) })), h("p", { class: "soft" }, t("plan.sites.lead", { spacing: data.spacing_metres }))),
    data.sites.length ? h("div", { class: "site-grid" }, data.sites.map(siteCard)) : empty("calendar", t("plan.site.none"), t("plan.site.none_next")),
    h(
      "section",
      { class: "part" },
      h(
        "div",
        { class: "balance-head" },
        h("h2", {}, t("plan.units")),
        h(
          "div",
          { class: "row-acts" },
          data.campaigns.length ? button(t("plan.unit.from_roster"), { icon: "refresh", data: { testid: "units-from-roster" }, press: askRoster }) : null,
          button(t("plan.unit.add"), { icon: "plus", data: { testid: "add-unit" }, press: () => askUnit(null) }),
        ),
      ),
      h("p", { class: "soft" }, t("plan.units.lead")),
      data.units.length ? h("div", { class: "panel" }, tree()) : empty("person", t("plan.unit.none"), t("plan.unit.none_next")),
    ),
  );
}

const number = (form, name) => {
  const value = Number(form.elements[name].value);
  if (!form.elements[name].value || Number.isNaN(value)) throw new Incomplete(t("plan.missing"), form.elements[name]);
  return value;
};
const filled = (form, name) => {
  const value = form.elements[name].value.trim();
  if (!value) throw new Incomplete(t("plan.missing"), form.elements[name]);
  return value;
};

const codeHint = (what) => h("p", { class: "hint" }, t(`plan.${what}.code_hint`));

/** The code of something new; one that stands already is changed by its own button, not overwritten by accident. */
function newCode(form, what, known, name) {
  const code = filled(form, "code");
  const taken = known.find((other) => other.code === code);
  if (taken) throw new Incomplete(t(`plan.${what}.code_taken`, { code, name: taken[name] }), form.elements.code);
  return code;
}

function askSite(site) {
  openDialog({
    title: t(site ? "plan.site.edit" : "plan.site.add"),
    lead: t("plan.site.formula"),
    body: [
      input("code", t("plan.site.code"), { maxlength: "40", value: site?.code ?? "", readonly: Boolean(site), autocapitalize: "none", spellcheck: "false" }),
      site ? null : codeHint("site"),
      input("title", t("plan.site.title"), { maxlength: "80", value: site?.title ?? "" }),
      input("address", t("plan.site.address"), { maxlength: "200", value: site?.address ?? "" }),
      input("waiting_metres", t("plan.site.waiting"), { type: "number", step: "0.1", min: "0", inputmode: "decimal", value: site?.waiting_metres ?? "" }),
      input("seats", t("plan.site.seats"), { type: "number", min: "1", inputmode: "numeric", value: site?.seats ?? 1 }),
      input("student_seconds", t("plan.site.seconds"), { type: "number", min: "10", inputmode: "numeric", value: site?.student_seconds ?? 180 }),
      h("label", { class: "choice single" }, h("input", { type: "checkbox", name: "active", checked: site?.active ?? true }), h("span", {}, t("plan.site.active"))),
    ],
    testid: "dialog-site",
    submit: {
      word: t("staff.save"),
      run: async (form) => {
        await press("save_site", {
          code: site?.code ?? newCode(form, "site", data.sites, "title"),
          title: filled(form, "title"),
          address: form.elements.address.value.trim(),
          waiting_metres: number(form, "waiting_metres"),
          seats: number(form, "seats"),
          student_seconds: number(form, "student_seconds"),
          active: form.elements.active.checked,
        });
        await reload();
      },
    },
  });
}

function askUnit(unit) {
  const kinds = h("select", { name: "kind", data: { testid: "kind" } }, data.kinds.map((kind) => h("option", { value: kind, selected: kind === unit?.kind }, t(`plan.unit.${kind}`))));
  const parents = h("select", { name: "parent", data: { testid: "parent" } }, h("option", { value: "" }, t("plan.unit.top")), data.units.filter((other) => other.code !== unit?.code).map((other) => h("option", { value: other.code, selected: other.code === unit?.parent }, `${t(`plan.unit.${other.kind}`)} · ${other.name}`)));
  openDialog({
    title: t(unit ? "plan.unit.edit" : "plan.unit.add"),
    body: [
      input("code", t("plan.unit.code"), { maxlength: "40", value: unit?.code ?? "", readonly: Boolean(unit), autocapitalize: "none", spellcheck: "false" }),
      unit ? null : codeHint("unit"),
      h("label", { class: "field" }, h("span", {}, t("plan.unit.kind")), kinds),
      input("unit_name", t("plan.unit.name"), { maxlength: "80", value: unit?.name ?? "" }),
      h("label", { class: "field" }, h("span", {}, t("plan.unit.parent")), parents),
      input("email", t("plan.unit.email"), { type: "email", maxlength: "200", value: unit?.email ?? "" }),
    ],
    testid: "dialog-unit",
    submit: {
      word: t("staff.save"),
      run: async (form) => {
        const code = unit?.code ?? newCode(form, "unit", data.units, "name");
        if (!UNIT_CODE.test(code)) throw new Incomplete(t("plan.unit.code_hint"), form.elements.code);
        if (!form.elements.email.validity.valid) throw new Incomplete(t("plan.unit.email_wrong"), form.elements.email);
        await press("save_units", { units: [{ code, kind: kinds.value, name: filled(form, "unit_name"), parent: parents.value, email: form.elements.email.value.trim() }] });
        await reload();
      },
    },
  });
}

function askRoster() {
  const campaigns = h("select", { name: "campaign" }, data.campaigns.map((code) => h("option", { value: code }, code)));
  openDialog({
    title: t("plan.unit.from_roster"),
    lead: t("plan.unit.from_roster.lead"),
    body: h("label", { class: "field" }, h("span", {}, t("plan.campaign")), campaigns),
    testid: "dialog-roster-units",
    submit: {
      word: t("plan.unit.from_roster"),
      run: async () => {
        const { result } = await press("save_units", { from_roster: campaigns.value });
        toast(t("plan.unit.taken", { count: result.added }));
        await reload();
      },
    },
  });
}

boot(async () => {
  document.getElementById("acts").append(h("a", { class: "button plain", href: "/staff/campaigns" }, h("span", {}, t("plan.to_campaigns"))));
  await tried(reload);
});

/*
 * Staff accounts, for the administrator: add, change the role, reset the password, deactivate.
 * Hooks: [data-testid=add], [data-person=LOGIN] with [data-do=role|password|deactivate|activate], dialogs [data-testid=dialog-person|…].
 */

import { Refused, Unreachable, write } from "./api.js";
import { button, empty, fill, h, mark } from "./dom.js";
import { Incomplete, openDialog, sayError, toast } from "./notices.js";
import { boot, show } from "./shell.js";
import { t } from "./texts.js";
import { dayAndClock } from "./time.js";

const PATH = "/staff/api/people";
const ROLES = ["operator", "usher", "medic", "administrator", "headquarters"];
let content;

const reload = () => show(content, PATH, draw);
const change = (login, body) => write(`${PATH}/${encodeURIComponent(login)}`, body);

function draw(data) {
  const own = document.body.dataset.login;
  const rows = [...data.people].sort((a, b) => Number(b.active) - Number(a.active) || a.login.localeCompare(b.login));
  if (!rows.length) {
    fill(content, empty("person", t("staff.people.none")));
    return;
  }
  fill(
    content,
    h(
      "ul",
      { class: "plain-list" },
      rows.map((person) =>
        h(
          "li",
          { class: person.active ? "line-row person" : "line-row person off", data: { person: person.login } },
          h(
            "div",
            { class: "grow" },
            h("p", {}, h("strong", {}, person.display_name), " ", h("span", { class: "soft" }, person.login)),
            h(
              "p",
              { class: "soft" },
              t(`staff.role.${person.role}`),
              " · ",
              person.last_login_at ? t("staff.people.last", { time: dayAndClock(person.last_login_at) }) : t("staff.people.never"),
            ),
          ),
          person.login === own ? mark("person", t("staff.people.you"), "soft") : null,
          person.active ? null : mark("pause", t("staff.people.off"), "soft"),
          h(
            "div",
            { class: "row-acts" },
            person.active && person.login !== own ? button(t("staff.people.role"), { data: { do: "role" }, press: () => askRole(person) }) : null,
            person.active && person.login !== own ? button(t("staff.people.reset"), { icon: "key", data: { do: "password" }, press: () => askPassword(person) }) : null,
            person.login === own
              ? null
              : person.active
                ? button(t("staff.people.deactivate"), { kind: "danger", data: { do: "deactivate" }, press: () => askDeactivate(person) })
                : button(t("staff.people.activate"), { data: { do: "activate" }, press: () => activate(person) }),
          ),
        ),
      ),
    ),
  );
}

const field = (name, label, attributes = {}) => h("label", { class: "field" }, h("span", {}, label), h("input", { name, autocomplete: "off", ...attributes, data: { testid: `person-${name}` } }));

function roleChoice(chosen) {
  return h(
    "fieldset",
    { class: "choices" },
    h("legend", {}, t("staff.people.role")),
    ROLES.map((role) =>
      h(
        "label",
        { class: "choice" },
        h("input", { type: "radio", name: "role", value: role, checked: role === chosen, data: { testid: `role-${role}` } }),
        h("span", {}, t(`staff.role.${role}`), h("span", { class: "soft" }, ` ${t(`staff.role.${role}.hint`)}`)),
      ),
    ),
  );
}

const filled = (form, name) => {
  const element = form.elements[name];
  const value = element.type === "password" ? element.value : element.value.trim();
  if (!value) throw new Incomplete(t("staff.people.missing"), element);
  return value;
};

function askNew() {
  openDialog({
    title: t("staff.people.add"),
    lead: t("staff.people.add_lead"),
    body: [
      field("login", t("staff.people.login"), { autocapitalize: "none", spellcheck: "false", maxlength: "40" }),
      h("p", { class: "hint" }, t("staff.login.rule")),
      field("display_name", t("staff.people.display_name"), { maxlength: "80" }),
      field("password", t("staff.people.password"), { type: "password", autocomplete: "new-password" }),
      h("p", { class: "hint" }, t("staff.people.password_hint")),
      roleChoice("operator"),
    ],
    testid: "dialog-person",
    submit: {
      word: t("staff.people.add"),
      run: async (form) => {
        const body = Object.fromEntries(["login", "display_name", "password"].map((name) => [name, filled(form, name)]));
        await write(PATH, { ...body, role: form.elements.role.value });
        toast(t("staff.people.added", { login: body.login }));
        await reload();
      },
    },
  });
}

function askRole(person) {
  openDialog({
    title: t("staff.people.role"),
    lead: `${person.display_name} · ${person.login}`,
    body: roleChoice(person.role),
    testid: "dialog-role",
    submit: {
      word: t("staff.save"),
      run: async (form) => {
        await change(person.login, { role: form.elements.role.value });
        toast(t("staff.people.changed"));
        await reload();
      },
    },
  });
}

function askPassword(person) {
  openDialog({
    title: t("staff.people.reset"),
    lead: `${person.display_name} · ${person.login}`,
    body: [field("password", t("staff.people.password"), { type: "password", autocomplete: "new-password" }), h("p", { class: "hint" }, t("staff.people.reset_hint"))],
    testid: "dialog-reset",
    submit: {
      word: t("staff.people.reset"),
      run: async (form) => {
        await change(person.login, { password: filled(form, "password") });
        toast(t("staff.people.changed"));
        await reload();
      },
    },
  });
}

function askDeactivate(person) {
  openDialog({
    title: t("staff.people.deactivate"),
    lead: t("staff.people.deactivate_lead", { login: person.login }),
    body: [],
    testid: "dialog-deactivate",
    submit: {
      word: t("staff.people.deactivate"),
      kind: "danger solid",
      run: async () => {
        await change(person.login, { active: false });
        toast(t("staff.people.changed"), { act: { word: t("staff.undo"), icon: "refresh", run: () => activate(person) } });
        await reload();
      },
    },
  });
}

async function activate(person) {
  try {
    await change(person.login, { active: true });
    toast(t("staff.people.changed"));
  } catch (error) {
    if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
    sayError(error);
  }
  await reload();
}

boot(async () => {
  content = document.getElementById("content");
  document.getElementById("acts").append(button(t("staff.people.add"), { icon: "plus", kind: "primary", data: { testid: "add" }, press: askNew }));
  await reload();
});

/* The dialogs of the live list: a reason, a temperature, a person without a card, a photo to decide. */

import { Refused, Unreachable, read, write } from "./api.js";
import { empty, fill, h, icon, mark, skeleton } from "./dom.js";
import { Incomplete, openDialog, reasonFields } from "./notices.js";
import { shotCard } from "./shots.js";
import { t } from "./texts.js";

const who = (visit) => [visit.number === null || visit.number === undefined ? null : t("staff.number", { number: visit.number }), visit.name].filter(Boolean).join(" · ");

/** Reason only. */
export function withReason(name, visit, send) {
  const reason = reasonFields(name);
  openDialog({
    title: t(`staff.action.${name}`),
    lead: t("staff.lead.form", { who: who(visit), sentence: t(`staff.lead.${name}`) }),
    body: reason.node,
    testid: `dialog-${name}`,
    submit: {
      word: t(`staff.action.${name}`),
      kind: name === "cancel" ? "danger solid" : "primary",
      run: () => send({ visit: visit.id, reason: reason.get() }),
    },
  });
}

/** A press that must not happen by accident, without a reason. */
export function confirmOnly(name, visit, send) {
  openDialog({
    title: t(`staff.action.${name}`),
    lead: t(`staff.lead.${name}`, { who: who(visit) }),
    body: [],
    testid: `dialog-${name}`,
    submit: { word: t(`staff.action.${name}`), run: () => send({ visit: visit.id }) },
  });
}

/** Which priority, and why. */
export function setPriority(visit, send) {
  const reason = reasonFields("set_priority");
  const kinds = ["elderly", "disabled", "pregnant", ...(visit.priority ? [""] : [])];
  const choice = h(
    "fieldset",
    { class: "choices across" },
    h("legend", {}, t("staff.priority.title")),
    kinds.map((kind) =>
      h(
        "label",
        { class: "choice" },
        h("input", { type: "radio", name: "priority", value: kind, checked: Boolean(kind) && kind === visit.priority, data: { priority: kind || "none" } }),
        h("span", {}, t(`staff.priority.${kind || "none"}`)),
      ),
    ),
  );
  openDialog({
    title: t("staff.action.set_priority"),
    lead: t("staff.lead.form", { who: who(visit), sentence: t("staff.lead.set_priority") }),
    body: [choice, reason.node],
    testid: "dialog-set_priority",
    submit: {
      word: t("staff.save"),
      run: () => {
        const chosen = choice.querySelector("input:checked");
        if (!chosen) throw new Incomplete(t("staff.priority.missing"), choice.querySelector("input"));
        return send({ visit: visit.id, priority: chosen.value, reason: reason.get() });
      },
    },
  });
}

/** A temperature typed by staff, one decimal. */
export function takeTemperature(name, visit, send) {
  const input = h("input", {
    id: "celsius",
    type: "text",
    inputmode: "decimal",
    autocomplete: "off",
    maxlength: "4",
    "aria-describedby": "celsius-hint",
    data: { testid: "celsius" },
  });
  const dialog = openDialog({
    title: t(`staff.action.${name}`),
    lead: who(visit),
    body: [
      h("label", { class: "field big-number", for: "celsius" }, h("span", {}, t("staff.temperature.label")), h("span", { class: "with-unit" }, input, h("span", { "aria-hidden": "true" }, "℃"))),
      h("p", { class: "hint", id: "celsius-hint" }, t("staff.temperature.hint")),
    ],
    testid: `dialog-${name}`,
    submit: {
      word: t("staff.save"),
      run: () => {
        const typed = input.value.trim().replace(/[，,。]/, ".");
        const celsius = Number(typed);
        if (!/^\d{2}(\.\d)?$/.test(typed) || celsius < 30 || celsius > 45) throw new Incomplete(t("staff.temperature.wrong"), input);
        return send({ visit: visit.id, celsius });
      },
    },
  });
  input.focus();
  return dialog;
}

/** Choice of a station, the free ones first. */
function stationChoice(stations, preferred) {
  const free = (station) => !station.front && station.screen === "welcome";
  const ordered = [...stations].sort((a, b) => Number(free(b)) - Number(free(a)));
  const chosen = preferred && stations.some((station) => station.name === preferred) ? preferred : ordered[0]?.name;
  const node = h(
    "fieldset",
    { class: "choices across", hidden: stations.length < 2 },
    h("legend", {}, t("staff.choose_station")),
    ordered.map((station) =>
      h(
        "label",
        { class: "choice" },
        h("input", { type: "radio", name: "station", value: station.name, checked: station.name === chosen, data: { stationChoice: station.name } }),
        h("span", {}, t("staff.seat", { seat: station.seat }), h("span", { class: "soft" }, ` ${station.name} · ${t(`staff.screen.${station.screen}`)}`)),
      ),
    ),
  );
  return { node, get: () => node.querySelector("input:checked")?.value ?? chosen };
}

/** Where a parked visit goes on. */
export function resume(visit, stations, send) {
  const choice = stationChoice(stations, visit.station);
  openDialog({
    title: t("staff.action.resume"),
    lead: who(visit),
    body: choice.node,
    testid: "dialog-resume",
    submit: { word: t("staff.action.resume"), run: () => send({ visit: visit.id, station: choice.get() }) },
  });
}

/** What the student says is wrong, and what staff decide. */
export function resolveReport(visit, send) {
  const reason = reasonFields("resolve_report");
  const decision = decisionFields("resolution", ["continue", "cancel"], "staff.resolution");
  const report = visit.report;
  openDialog({
    title: t("staff.action.resolve_report"),
    lead: who(visit),
    body: [
      report
        ? h(
            "div",
            { class: "note warn" },
            mark("report", t("staff.detail.report_says", { fields: report.fields.map((field) => t(`staff.field.${field}`)).join("、") }), "warn"),
            report.note ? h("p", { class: "quote" }, report.note) : null,
          )
        : null,
      decision.node,
      reason.node,
    ],
    testid: "dialog-resolve_report",
    submit: { word: t("staff.save"), run: () => send({ visit: visit.id, resolution: decision.get(), reason: reason.get() }) },
  });
}

function decisionFields(name, values, prefix) {
  const icons = { accept: "check", reject: "cross", continue: "play", cancel: "cross" };
  const node = h(
    "fieldset",
    { class: "choices across decision" },
    h("legend", {}, t(`${prefix}.title`)),
    values.map((value) =>
      h(
        "label",
        { class: `choice ${value}` },
        h("input", { type: "radio", name, value, data: { decision: value } }),
        icon(icons[value]),
        h("span", {}, t(`${prefix}.${value}`), h("span", { class: "soft" }, t(`${prefix}.${value}.hint`))),
      ),
    ),
  );
  const get = () => {
    const chosen = node.querySelector("input:checked");
    if (!chosen) throw new Incomplete(t(`${prefix}.missing`), node.querySelector("input"));
    return chosen.value;
  };
  return { node, get };
}

/** The picture beside its checks, accept or reject, reason. */
export function decideShot(visit, send) {
  const holder = h("div", { class: "decide-picture" }, skeleton(4));
  const reason = reasonFields("decide_shot");
  const decision = decisionFields("decision", ["accept", "reject"], "staff.decision");
  let shot = null;
  openDialog({
    title: t("staff.action.decide_shot"),
    lead: who(visit),
    wide: true,
    body: [h("div", { class: "decide" }, holder, h("div", { class: "decide-form" }, decision.node, reason.node))],
    testid: "dialog-decide_shot",
    submit: {
      word: t("staff.save"),
      run: () => {
        if (!shot) throw new Incomplete(t("staff.decision.no_picture"));
        return send({ visit: visit.id, shot: shot.id, decision: decision.get(), reason: reason.get() });
      },
    },
  });
  read(`/staff/api/visits/${encodeURIComponent(visit.id)}`).then(
    (data) => {
      const undecided = data.shots.filter((candidate) => !candidate.staff_decision);
      shot = undecided.sort((a, b) => b.ordinal - a.ordinal)[0] ?? null;
      fill(holder, shot ? shotCard(shot) : empty("camera", t("staff.decision.no_picture")));
    },
    (error) => {
      if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
      fill(holder, empty("broken", error instanceof Refused ? error.staff : t("staff.lost.title")));
    },
  );
}

/* Which refusals a role may knowingly let pass; the server decides, this only offers it (kiosk/domain/overrides.py). */
const OVERRIDES = {
  not_in_time_slot: ["administrator", "operator", "usher"],
  roster_late: ["administrator"],
  not_called_up: ["administrator"],
  already_photographed: ["administrator", "operator"],
};

/* Which of those take a second member (kiosk/domain/overrides.py). */
const GRAVE = ["roster_late", "not_called_up", "already_photographed"];

const passChoice = (code, checked) =>
  h("label", { class: "pass" }, h("input", { type: "checkbox", value: code, checked, data: { override: code } }), h("span", {}, t(`staff.override.${code}`)));

/** Search the roster, choose the person, the station, the reason. */
export function confirmWithoutCard(context, send) {
  const reason = reasonFields("confirm_without_card");
  const stations = stationChoice(context.page.snapshot.stations, null);
  const input = h("input", { type: "search", id: "student-search", autocomplete: "off", spellcheck: "false", placeholder: t("staff.student.placeholder"), data: { testid: "student-search" } });
  const found = h("div", { class: "found", role: "radiogroup", "aria-label": t("staff.student.found"), "aria-live": "polite" }, h("p", { class: "hint" }, t("staff.student.hint")));
  const pass = h("div", { class: "note warn", hidden: true });
  const second = h(
    "fieldset",
    { class: "note warn second", hidden: true, data: { testid: "second" } },
    h("legend", {}, t("staff.second.title")),
    h("p", {}, t("staff.second.lead")),
    h("label", { class: "field" }, h("span", {}, t("staff.second.login")), h("input", { type: "text", autocomplete: "off", autocapitalize: "none", spellcheck: "false", maxlength: "40", data: { testid: "second-login" } })),
    h("label", { class: "field" }, h("span", {}, t("staff.second.password")), h("input", { type: "password", autocomplete: "off", maxlength: "200", data: { testid: "second-password" } })),
  );
  let override = [];
  let chosen = null;
  let asked = 0;
  let timer = 0;

  const choose = (student, element) => {
    chosen = student.id;
    pass.hidden = true;
    override = [];
    for (const other of found.querySelectorAll("[role=radio]")) other.setAttribute("aria-checked", String(other === element));
  };
  const line = (student) => {
    const element = h(
      "button",
      { type: "button", role: "radio", "aria-checked": "false", class: "student", data: { student: student.id }, on: { click: () => choose(student, element) } },
      h("span", { class: "student-name" }, student.name),
      h("span", { class: "student-facts" }, [student.id_number, student.student_number, student.major_name, student.class_name].filter(Boolean).join(" · ")),
      student.photographed ? mark("check", t("staff.student.photographed"), "soft") : null,
    );
    return element;
  };
  const search = async () => {
    const query = input.value.trim();
    const turn = ++asked;
    chosen = null;
    if (query.length < 2) {
      fill(found, h("p", { class: "hint" }, t("staff.student.hint")));
      return;
    }
    try {
      const students = await write("/staff/api/students", { q: query });
      if (turn !== asked) return;
      const rows = Array.isArray(students) ? students : (students.students ?? []);
      fill(found, rows.length ? rows.map(line) : empty("search", t("staff.student.none"), t("staff.student.none_next")));
    } catch (error) {
      if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
      if (turn === asked) fill(found, empty("broken", error instanceof Refused ? error.staff : t("staff.lost.title")));
    }
  };
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(search, 200);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault(); // Enter searches; the dialog is sent by its button
    search();
  });
  openDialog({
    title: t("staff.action.confirm_without_card"),
    lead: t("staff.lead.confirm_without_card"),
    wide: true,
    body: [
      h(
        "div",
        { class: "decide" },
        h("div", {}, h("label", { class: "field", for: "student-search" }, h("span", {}, t("staff.student.search")), input), found),
        h("div", { class: "decide-form" }, stations.node, reason.node, pass, second),
      ),
    ],
    testid: "dialog-confirm_without_card",
    submit: {
      word: t("staff.student.confirm"),
      run: async () => {
        if (!chosen) throw new Incomplete(t("staff.student.missing"), input);
        const accepted = override.filter((code) => pass.querySelector(`input[value="${code}"]`)?.checked);
        const body = { student: Number(chosen), station: stations.get(), reason: reason.get() };
        if (accepted.length) body.override = accepted;
        if (!second.hidden && accepted.some((code) => GRAVE.includes(code))) {
          const [login, password] = [...second.querySelectorAll("input")];
          if (!login.value.trim() || !password.value) throw new Incomplete(t("staff.second.missing"), login.value.trim() ? password : login);
          body.second = { login: login.value.trim(), password: password.value };
        }
        try {
          await send(body);
        } catch (error) {
          if (error instanceof Refused && OVERRIDES[error.code]?.includes(document.body.dataset.role)) {
            override = [...new Set([...override, error.code])];
            fill(pass, override.map((code) => passChoice(code, accepted.includes(code))));
            pass.hidden = false;
          }
          if (error instanceof Refused && error.code === "second_person_required") second.hidden = false;
          if (error instanceof Refused && error.code === "second_person_invalid") second.querySelector("[type=password]").value = "";
          const further = second.hidden ? pass : second;
          requestAnimationFrame(() => further.scrollIntoView({ block: "nearest" })); // once the message has its place
          throw error;
        }
      },
    },
  });
  input.focus();
}

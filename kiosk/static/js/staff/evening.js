/*
 * The evening on the page of the day: what is still to do, closing, each campaign's sum with every difference, the report.
 * Hooks: [data-part=evening|report], [data-campaign=CODE], [data-testid=close|force|reopen|make-report|download].
 */

import { Refused, mintKey, read, write } from "./api.js";
import { button, empty, fill, h, icon, mark } from "./dom.js";
import { Incomplete, openDialog, reasonFields, toast } from "./notices.js";
import { resultOf, tried } from "./plan.js";
import { table } from "./roles.js";
import { actor, first, language, t, titled } from "./texts.js";
import { clock, day, dayAndClock, since } from "./time.js";

const OUTCOMES = ["photographed", "refused", "observation", "absent", "cancelled", "open"];
const reasonWord = (code) => first([`evening.why.${code}`, `staff.state.${code}`, `refusal.${code}.title`], code);
const number = (value) => (value === null || value === undefined ? "–" : String(value));

/** Draw the parts of the evening into `parts`. `facts` is `evening` of `/staff/api/day`. */
export function evening(parts, facts, context) {
  const send = async (name, body) => {
    const answer = await write(`/staff/api/evening/${name}`, { ...body, key: mintKey() });
    toast(t(`evening.done.${name}`));
    await context.live.refresh();
    return answer;
  };
  const inside = facts.sessions.reduce((sum, session) => sum + session.inside.length, 0);
  parts.show("evening", [facts.todo, inside, facts.sessions.length], () => [h("h2", { id: "evening", tabindex: "-1" }, t("evening.title")), h("p", { class: "soft" }, t("evening.lead")), facts.sessions.length ? todo(facts.todo, inside) : empty("calendar", t("evening.none"), t("evening.none_next"))]);
  for (const session of facts.sessions) parts.show(`session-${session.campaign}`, [session, facts.todo.awaited, facts.may_close, facts.may_force, facts.may_reopen], () => campaign(session, facts, send));
  if (facts.sessions.length) parts.show("report", [facts.report, facts.day], () => report(facts));
}

function todo(counts, inside) {
  const open = Object.entries({ inside, ...counts }).filter(([, count]) => count > 0);
  const line = ([name, count]) => h("li", { data: { todo: name } }, mark("alert", t(`evening.todo.${name}`, { count }), "warn"));
  return h("ul", { class: "evening-todo", "aria-label": t("evening.todo") }, open.length ? open.map(line) : h("li", {}, mark("check", t("evening.todo.clear"), "good")));
}

function standing(session) {
  if (!session) return mark("dot", t("evening.not_opened"), "soft");
  if (!session.closed_at) return mark("play", t("evening.open", { time: clock(session.opened_at) }), "good");
  if (!session.closed_by) return mark("stop", t("evening.closed_by_itself"), "soft");
  return mark("stop", t("evening.closed", { time: clock(session.closed_at), who: actor(session.closed_by) }), "soft");
}

function campaign(row, facts, send) {
  const open = row.session && !row.session.closed_at;
  const acts = [
    open && facts.may_close ? button(t("evening.close"), { icon: "stop", kind: row.inside.length ? "plain" : "primary", data: { testid: "close", action: "close" }, press: () => askClose(row, facts, send) }) : null,
    open && facts.may_force && row.inside.length ? button(t("evening.force"), { icon: "alert", kind: "danger", data: { testid: "force", action: "force" }, press: () => askForce(row, send) }) : null,
    row.session?.closed_at && facts.may_reopen ? button(t("evening.reopen"), { icon: "refresh", data: { testid: "reopen", action: "reopen" }, press: () => askReopen(row, send) }) : null,
  ];
  return h(
    "div",
    { class: "role-both", data: { campaign: row.campaign } },
    h("div", { class: "evening-head" }, h("div", {}, h("h2", {}, titled(row.title)), h("p", {}, standing(row.session))), h("div", { class: "evening-acts" }, acts)),
    row.session?.close_reason ? h("p", { class: "note warn" }, t("evening.forced", { reason: row.session.close_reason })) : null,
    sum(row.sum),
    row.inside.length ? people(row, facts, send) : null,
    h("h3", {}, t("evening.differences")),
    differences(row),
  );
}

function sum(found) {
  const shown = OUTCOMES.filter((name) => name !== "open" || found.outcomes.open > 0);
  const parts = shown.map((name) => t("evening.sum.part", { name: t(`evening.outcome.${name}`), count: found.outcomes[name] }));
  const sentence = t("evening.sum.sentence", { due: found.due, walked_in: found.walked_in, expected: found.expected, parts: parts.join(" + ") });
  const bar = h(
    "div",
    { class: "evening-bar", role: "img", "aria-label": sentence },
    OUTCOMES.filter((name) => found.outcomes[name] > 0).map((name) => {
      const part = h("span", { class: `evening-${name}` });
      part.style.flexGrow = String(found.outcomes[name]);
      return part;
    }),
  );
  const told = Object.values(found.outcomes).reduce((all, count) => all + count, 0);
  const verdict = found.holds
    ? mark("check", t("evening.sum.holds"), "good")
    : told === found.expected
      ? mark("alert", t("evening.sum.open", { count: found.outcomes.open }), "warn")
      : mark("cross", t("evening.sum.broken"), "bad");
  return [
    h("h3", {}, t("evening.sum")),
    h("p", { class: "evening-sum", data: { testid: "sum" } }, sentence),
    bar,
    h("ul", { class: "evening-key" }, shown.map((name) => h("li", {}, h("i", { class: `evening-${name}`, "aria-hidden": "true" }), `${t(`evening.outcome.${name}`)} ${found.outcomes[name]}`))),
    h("p", { data: { testid: "verdict" } }, verdict),
  ];
}

function people(row, facts, send) {
  const act = (visit, way) =>
    button(t(`evening.act.${way}`), {
      icon: { finish_visit: "check", cancel: "cross", move_visit: "calendar" }[way],
      kind: "plain",
      data: { action: way },
      press: () => (way === "finish_visit" ? tried(() => send(way, { visit: visit.id })) : way === "cancel" ? askCancel(visit, send) : askMove(row, visit, send)),
    });
  return [
    h("h3", {}, t("evening.inside")),
    h("p", { class: "soft" }, t("evening.inside.lead")),
    row.inside.map((visit) =>
      h(
        "div",
        { class: "role-row", data: { visit: visit.id } },
        h("div", { class: "role-who" }, h("strong", { class: "role-number" }, number(visit.number)), h("span", { class: "role-name" }, visit.name), h("span", { class: "soft" }, `${t(`staff.state.${visit.state}`)} · `, since(visit.since))),
        facts.may_close ? h("div", { class: "role-acts" }, h("a", { class: "button plain", href: "/staff/" }, icon("list"), h("span", { class: "button-word" }, t("evening.act.list"))), visit.ways.map((way) => act(visit, way))) : null,
      ),
    ),
  ];
}

function differences(row) {
  if (!row.differences.length) return h("p", { class: "soft" }, t(row.sum.holds ? "evening.differences.none" : "evening.differences.none_yet"));
  const heads = ["number", "name", "student_number", "group", "slot", "outcome", "why"].map((name) => t(`evening.column.${name}`));
  const slot = (line) => (line.slot ? `${clock(line.slot.from)}–${clock(line.slot.until)}` : "–");
  const rows = row.differences.map((line) => [number(line.number), line.name, line.student_number || "–", line.class_name || "–", slot(line), t(`evening.outcome.${line.outcome}`), reasonWord(line.why)]);
  return [table(t("evening.differences"), heads, rows), row.more ? h("p", { class: "soft" }, t("evening.differences.more", { count: row.more })) : null];
}

function askClose(row, facts, send) {
  openDialog({
    title: t("evening.close"),
    lead: t("evening.close.lead"),
    body: facts.todo.awaited ? [h("p", { class: "note warn" }, t("evening.close.awaited", { count: facts.todo.awaited }))] : [],
    testid: "dialog-close",
    submit: { word: t("evening.close"), run: () => send("close_session", { campaign: row.campaign }) },
  });
}

function askForce(row, send) {
  const reason = reasonFields("close_session");
  const field = (name, word, attributes) => h("label", { class: "field" }, h("span", {}, word), h("input", { name, autocomplete: "off", autocapitalize: "none", spellcheck: "false", ...attributes, data: { testid: `second-${name}` } }));
  const second = h("fieldset", { class: "note warn second" }, h("legend", {}, t("staff.second.title")), h("p", {}, t("staff.second.lead")), field("login", t("staff.second.login"), { type: "text", maxlength: "40" }), field("password", t("staff.second.password"), { type: "password", maxlength: "200" }));
  const [login, password] = second.querySelectorAll("input");
  openDialog({
    title: t("evening.force"),
    lead: t("evening.force.lead", { count: row.inside.length }),
    body: [reason.node, second],
    testid: "dialog-force",
    submit: {
      word: t("evening.force"),
      kind: "danger solid",
      run: async () => {
        const why = reason.get();
        if (!login.value.trim() || !password.value) throw new Incomplete(t("staff.second.missing"), login.value.trim() ? password : login);
        try {
          await send("close_session", { campaign: row.campaign, force: true, reason: why, second: { login: login.value.trim(), password: password.value } });
        } catch (error) {
          if (error instanceof Refused && error.code === "second_person_invalid") password.value = "";
          throw error;
        }
      },
    },
  });
}

function askReopen(row, send) {
  const reason = reasonFields("reopen_session");
  openDialog({ title: t("evening.reopen"), lead: t("evening.reopen.lead"), body: reason.node, testid: "dialog-reopen", submit: { word: t("evening.reopen"), run: () => send("reopen_session", { campaign: row.campaign, reason: reason.get() }) } });
}

function askCancel(visit, send) {
  const reason = reasonFields("cancel");
  openDialog({ title: t("staff.action.cancel"), lead: `${number(visit.number)} · ${visit.name}`, body: reason.node, testid: "dialog-cancel-visit", submit: { word: t("staff.action.cancel"), kind: "danger solid", run: () => send("cancel", { visit: visit.id, reason: reason.get() }) } });
}

async function askMove(row, visit, send) {
  let slots = [];
  if (!(await tried(async () => (slots = (await read(`/staff/api/evening/slots?campaign=${encodeURIComponent(row.campaign)}`)).slots)))) return;
  const word = (slot) => t("evening.move.option", { day: day(slot.day), from: clock(slot.from), until: clock(slot.until), site: slot.site, free: slot.free });
  const select = h("select", { name: "slot", data: { testid: "slot" } }, h("option", { value: "" }, t("staff.file.choose")), slots.map((slot) => h("option", { value: slot.id }, word(slot))));
  const reason = reasonFields("move_visit");
  openDialog({
    title: t("evening.act.move_visit"),
    lead: t("evening.move.lead"),
    body: slots.length ? [h("label", { class: "field" }, h("span", {}, t("evening.move.slot")), select), reason.node] : [h("p", { class: "note warn" }, t("evening.move.none"))],
    testid: "dialog-move",
    submit: slots.length
      ? {
          word: t("evening.act.move_visit"),
          run: () => {
            if (!select.value) throw new Incomplete(t("evening.move.missing"), select);
            return send("move_visit", { visit: visit.id, slot: select.value, reason: reason.get() });
          },
        }
      : null,
  });
}

function report(facts) {
  const made = facts.report;
  const input = h("input", { type: "date", name: "day", value: facts.day, max: facts.day, data: { testid: "report-day" } });
  const other = h("div", {});
  const make = async () => {
    const wanted = input.value || facts.day;
    await tried(async () => {
      const { job } = await write("/staff/api/evening/report", { day: wanted, language });
      if (wanted === facts.day) return; // its row comes with the page's own facts
      fill(other, h("p", { role: "status" }, t("evening.report.running")));
      try {
        await resultOf(job);
        fill(other, h("p", {}, day(wanted), " ", download(job)));
      } catch (error) {
        other.replaceChildren();
        throw error;
      }
    });
  };
  const download = (job) => h("a", { class: "button primary", href: `/staff/api/evening/reports/${job}.zip`, download: "", data: { testid: "download" } }, icon("download"), h("span", { class: "button-word" }, t("evening.report.download")));
  return [
    h("h2", {}, t("evening.report")),
    h("p", { class: "soft" }, t("evening.report.lead")),
    made ? state(made) : null,
    h("div", { class: "evening-report-form" }, made?.state === "done" ? download(made.job) : null, h("label", { class: "field" }, h("span", {}, t("evening.report.day")), input), button(t("evening.report.make"), { icon: "printer", data: { testid: "make-report", action: "make-report" }, press: make })),
    other,
  ];
}

function state(made) {
  if (made.state === "failed") return h("p", {}, mark("cross", t("evening.report.failed"), "bad"));
  if (made.state !== "done") return h("p", { role: "status" }, mark("clock", t("evening.report.running"), "soft"));
  const broken = made.chain && made.chain.broken_at !== null;
  return h(
    "ul",
    { class: "evening-todo", data: { testid: "report-state" } },
    h("li", {}, mark("check", t("evening.report.made", { time: dayAndClock(made.made_at), key: made.key_id }), "good")),
    h("li", {}, broken ? mark("cross", t("evening.report.chain_broken", made.chain), "bad") : mark("shield", t("evening.report.chain", made.chain), "good")),
    made.final ? null : h("li", {}, mark("alert", t("evening.report.preliminary"), "warn")),
  );
}

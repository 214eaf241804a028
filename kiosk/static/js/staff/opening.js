/*
 * The opening page: each line of the checklist with what signs it, then the press that opens the session.
 * Hooks: [data-line=ID], [data-testid=sign|withdraw|open], [data-campaign=CODE].
 */

import { mintKey, upload, write } from "./api.js";
import { button, empty, fill, h, icon, mark } from "./dom.js";
import { Live } from "./live.js";
import { Incomplete, openDialog, reasonFields, toast } from "./notices.js";
import { tried } from "./plan.js";
import { boot, showConnection } from "./shell.js";
import { actor, language, t, titled } from "./texts.js";
import { clock, day, setNow } from "./time.js";

const content = document.getElementById("content");
let live;
let data;

const press = (name, body) => write(`/staff/api/opening/${name}`, { ...body, key: mintKey() });

async function sign(list, line, more = {}) {
  await tried(() => press("sign_opening_line", { checklist: list.id, line: line.id, ...more }));
  await live.refresh();
}

function state(line) {
  if (line.holds) return mark("check", t("opening.signed"), "good");
  if (line.signature) return mark("alert", t("opening.outdated"), "warn");
  return line.mandatory ? mark("dot", t("opening.open"), "warn") : mark("dot", t("opening.optional"), "soft");
}

function evidence(line) {
  const parts = [];
  const signature = line.signature;
  if (signature) {
    if (signature.picture) parts.push(h("a", { class: "evidence-picture", href: signature.picture, target: "_blank", rel: "noopener" }, h("img", { src: signature.picture, alt: t("opening.picture_of", { line: line.text[language] }), loading: "lazy" })));
    if (signature.value?.text) parts.push(h("p", {}, h("strong", {}, signature.value.text)));
    if (signature.value?.value !== undefined) parts.push(h("p", {}, h("strong", {}, `${signature.value.value} ${line.unit}`)));
    parts.push(h("p", { class: "soft" }, t("opening.by", { who: actor(signature.by), time: clock(signature.at) })));
  }
  if (line.entries.length)
    parts.push(
      h(
        "ul",
        { class: "plain-list entries" },
        line.entries.map((entry) => h("li", {}, `${clock(entry.from)}–${clock(entry.until)}`, entry.place ? ` · ${entry.place}` : "", h("span", { class: "soft" }, ` · ${actor(entry.by)}`))),
      ),
    );
  if (line.kind === "devices") parts.push(line.devices === null ? h("p", { class: "soft" }, t("opening.devices.none")) : h("p", {}, line.devices ? mark("check", t("opening.devices.passed"), "good") : mark("cross", t("opening.devices.failed"), "bad")));
  return parts;
}

function acts(list, line) {
  if (!data.may_sign) return [];
  const withdraw = line.signature ? button(t("opening.withdraw"), { kind: "quiet", data: { testid: "withdraw" }, press: () => sign(list, line, { withdraw: true }) }) : null;
  if (line.kind === "devices") return [h("a", { class: "button plain", href: "/staff/devices" }, icon("camera"), h("span", {}, t("opening.to_devices")))];
  if (line.kind === "log") return [button(t("opening.log"), { icon: "plus", kind: line.entries.length ? "plain" : "primary", data: { testid: "log" }, press: () => askLog(list, line) })];
  if (line.kind === "picture") return [picker(list, line), withdraw];
  if (line.kind === "text" || line.kind === "number") return [button(t(line.signature ? "opening.again" : "opening.fill"), { icon: "pen", kind: line.signature ? "plain" : "primary", data: { testid: "fill" }, press: () => askValue(list, line) }), withdraw];
  return [line.holds ? null : button(t("opening.sign"), { icon: "check", kind: "primary", data: { testid: "sign" }, press: () => sign(list, line) }), withdraw];
}

function picker(list, line) {
  const input = h("input", { type: "file", accept: "image/jpeg,image/png", capture: "environment", class: "unseen", data: { testid: "picture" } });
  input.addEventListener("change", async () => {
    const file = input.files?.[0];
    if (!file) return;
    await tried(async () => {
      const form = new FormData();
      form.append("file", file);
      const { picture } = await upload("/staff/api/opening/pictures", form);
      await press("sign_opening_line", { checklist: list.id, line: line.id, picture });
    });
    await live.refresh();
  });
  return h("label", { class: `button ${line.signature ? "plain" : "primary"}` }, icon("camera"), h("span", { class: "button-word" }, t(line.signature ? "opening.again" : "opening.photograph")), input);
}

function row(list, line) {
  return h(
    "li",
    { class: line.holds ? "check-line holds" : line.mandatory ? "check-line missing" : "check-line", data: { line: line.id } },
    h("div", { class: "check-words" }, h("h3", {}, line.text[language]), h("p", { class: "soft" }, line.hint[language], line.kind === "number" ? ` ${t("opening.range", { low: line.low, high: line.high, unit: line.unit })}` : ""), evidence(line)),
    h("div", { class: "check-end" }, state(line), h("div", { class: "row-acts" }, acts(list, line))),
  );
}

function campaign(row_) {
  const list = data.lists.find((found) => found.id === row_.checklist) ?? data.lists[0];
  const missing = list?.missing.length ?? 0;
  const session = row_.session;
  let word;
  if (session?.closed_at) word = mark("stop", t("opening.closed", { time: clock(session.closed_at) }), "soft");
  else if (session) word = mark("check", t(session.opened_by ? "opening.opened" : "opening.by_itself", { time: clock(session.opened_at), who: actor(session.opened_by) }), "good");
  else word = missing ? mark("alert", t("opening.missing", { count: missing }), "warn") : mark("check", t("opening.complete"), "good");
  const may = data.may_open && !session && (missing === 0 || data.may_override);
  return h(
    "section",
    { class: "panel opening-campaign", data: { campaign: row_.code } },
    h("div", { class: "balance-head" }, h("div", {}, h("h2", {}, titled(row_.title)), h("p", {}, word)), may ? button(t(missing ? "opening.override" : "opening.open_session"), { icon: "play", kind: missing ? "danger" : "primary", data: { testid: "open" }, press: () => (missing ? askOverride(row_, missing) : openSession(row_)) }) : null),
    session?.reason ? h("p", { class: "plan-note warn" }, icon("alert"), h("span", {}, t("opening.reason", { reason: session.reason, count: session.missing.length }))) : null,
    !session && !data.required ? h("p", { class: "soft" }, t("opening.not_required")) : null,
  );
}

async function openSession(row_) {
  if (await tried(() => press("open_session", { campaign: row_.code }))) toast(t("opening.now_open"));
  await live.refresh();
}

function askOverride(row_, missing) {
  const reason = reasonFields("open_session");
  openDialog({
    title: t("opening.override"),
    lead: t("opening.override.lead", { count: missing }),
    body: reason.node,
    testid: "dialog-override",
    submit: {
      word: t("opening.override"),
      kind: "danger solid",
      run: async () => {
        await press("open_session", { campaign: row_.code, reason: reason.get() });
        toast(t("opening.now_open"));
        await live.refresh();
      },
    },
  });
}

function askLog(list, line) {
  const now = clock(data.now);
  const input = (name, label, attributes) => h("label", { class: "field" }, h("span", {}, label), h("input", { name, ...attributes, data: { testid: `log-${name}` } }));
  openDialog({
    title: line.text[language],
    lead: line.hint[language],
    body: [h("div", { class: "two" }, input("begins", t("opening.begins"), { type: "time" }), input("ends", t("opening.ends"), { type: "time", value: now })), input("place", t("opening.place"), { maxlength: "80", autocomplete: "off" })],
    testid: "dialog-log",
    submit: {
      word: t("opening.log"),
      run: async (form) => {
        const { begins, ends, place } = form.elements;
        if (!begins.value || !ends.value) throw new Incomplete(t("opening.no_time"), begins.value ? ends : begins);
        await press("log_hygiene", { checklist: list.id, line: line.id, begins: begins.value, ends: ends.value, place: place.value.trim() });
        await live.refresh();
      },
    },
  });
}

function askValue(list, line) {
  const number = line.kind === "number";
  const input = h("input", { name: "value", autocomplete: "off", data: { testid: "value" }, ...(number ? { type: "number", step: "0.1", inputmode: "decimal", min: line.low, max: line.high } : { maxlength: "80" }) });
  openDialog({
    title: line.text[language],
    lead: line.hint[language],
    body: [h("label", { class: "field" }, h("span", {}, number ? t("opening.number", { unit: line.unit }) : t("opening.words")), input)],
    testid: "dialog-value",
    submit: {
      word: t("opening.sign"),
      run: async () => {
        const typed = input.value.trim();
        if (!typed) throw new Incomplete(t("opening.nothing"), input);
        await press("sign_opening_line", { checklist: list.id, line: line.id, ...(number ? { number: Number(typed) } : { text: typed }) });
        await live.refresh();
      },
    },
  });
}

function draw(fresh) {
  data = fresh;
  setNow(fresh.now);
  document.getElementById("lead").textContent = `${day(fresh.day)} · ${t("opening.opening.lead")}`;
  fill(
    content,
    data.campaigns.length ? data.campaigns.map(campaign) : empty("calendar", t("opening.no_campaign"), t("opening.no_campaign_next")),
    data.lists.map((list) =>
      h(
        "section",
        { class: "part", data: { list: list.id } },
        h("div", { class: "balance-head" }, h("h2", {}, t("opening.list")), h("p", { class: "soft" }, t("opening.version", { id: list.id, version: list.version }))),
        h("ul", { class: "check-list" }, list.lines.map((line) => row(list, line))),
      ),
    ),
  );
}

boot(async () => {
  live = new Live("/staff/api/opening", draw, showConnection);
  await live.start();
  content.removeAttribute("aria-busy");
});

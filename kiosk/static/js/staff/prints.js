/*
 * Prints and post of a campaign: what to print, classes with who has collected, requests for photo files. Handing out stands
 * in prints-people.js.
 * Hooks: [data-testid=which|totals|scope|order-sheets|order-labels|order-list|job|classes|requests], [data-testid=request][data-id],
 * [data-testid=grant|refuse|link].
 */

import { Refused, Unreachable, followJob, mintKey, write } from "./api.js";
import { button, empty, fill, h, mark } from "./dom.js";
import { openDialog, reasonFields, sayError, toast } from "./notices.js";
import { people } from "./prints-people.js";
import { boot, show } from "./shell.js";
import { t, titled } from "./texts.js";
import { day, dayAndClock } from "./time.js";

const PATH = "/staff/api/prints";
const STATES = { waiting: ["clock", "warn"], granted: ["check", "good"], refused: ["cross", ""], expired: ["pause", ""] };
let content;
let chosen = "";
const wanted = { scope: "", size: "1inch", paper: "6inch", count: null, grid: "24" }; // kept while the page is drawn again

const reload = () => show(content, chosen ? `${PATH}?campaign=${encodeURIComponent(chosen)}` : PATH, draw);
const className = (row) => [row.branch, row.teaching_point, row.class_name].filter(Boolean).join(" · ") || t("prints.no_class");

function head(data) {
  const select = h("select", { id: "which", data: { testid: "which" } }, data.campaigns.map((row) => h("option", { value: row.code }, titled(row.title))));
  select.value = chosen;
  select.addEventListener("change", () => {
    chosen = select.value;
    wanted.scope = "";
    reload();
  });
  return h("div", { class: "result-head" }, h("label", { class: "field", for: "which" }, h("span", {}, t("staff.roster.campaign")), select));
}

function totals(data) {
  const sum = (name) => data.classes.reduce((all, row) => all + row[name], 0);
  const waiting = data.requests.filter((row) => row.state === "waiting").length;
  const tile = (name, count, tone = "") => h("div", { class: `money-tile ${tone}`.trim(), data: { total: name } }, h("dt", {}, t(`prints.total.${name}`)), h("dd", {}, t("prints.heads", { count })));
  return h("dl", { class: "money-totals", data: { testid: "totals" } }, tile("ready", sum("ready")), tile("gone", sum("gone")), tile("open", sum("open")), tile("requests", waiting));
}

/* --- printing ---------------------------------------------------------------------------------------------------- */

function scopeOf() {
  if (!wanted.scope) return {};
  const [branch, teaching_point, class_name] = JSON.parse(wanted.scope);
  return { branch, ...(teaching_point === null ? {} : { teaching_point, class_name }) };
}

function scopes(data) {
  const branches = [...new Set(data.classes.map((row) => row.branch))];
  const ready = (rows) => rows.reduce((all, row) => all + row.ready, 0);
  const select = h(
    "select",
    { id: "scope", data: { testid: "scope" } },
    h("option", { value: "" }, `${t("prints.everybody")} (${ready(data.classes)})`),
    branches.map((branch) => {
      const rows = data.classes.filter((row) => row.branch === branch);
      return h(
        "optgroup",
        { label: branch || t("prints.no_branch") },
        h("option", { value: JSON.stringify([branch, null, null]) }, `${t("prints.whole_branch", { branch: branch || t("prints.no_branch") })} (${ready(rows)})`),
        rows.map((row) => h("option", { value: JSON.stringify([row.branch, row.teaching_point, row.class_name]) }, `${[row.teaching_point, row.class_name].filter(Boolean).join(" · ") || t("prints.no_class")} (${row.ready})`)),
      );
    }),
  );
  select.value = wanted.scope;
  if (select.selectedIndex < 0) select.value = wanted.scope = "";
  select.addEventListener("change", () => {
    wanted.scope = select.value;
  });
  return h("label", { class: "field prints-scope", for: "scope" }, h("span", {}, t("prints.scope")), select);
}

async function order(body, pressed, work) {
  pressed.disabled = true;
  const bar = h("progress", { max: "100", "aria-label": t("staff.packages.progress") });
  const word = h("p", { class: "job-word", role: "status" }, t("staff.job.queued"));
  fill(work, h("div", { class: "job", data: { testid: "job" } }, word, bar));
  try {
    const { job } = await write(PATH, { campaign: chosen, ...scopeOf(), ...body });
    const row = await followJob(job, (step) => {
      word.textContent = t(`staff.job.${step.state}`);
      if (typeof step.progress === "number") bar.value = Math.round(step.progress * 100);
    });
    if (row.state === "done") {
      const link = h("a", { class: "button plain", href: `${PATH}/files/${encodeURIComponent(job)}`, download: true, data: { testid: `file-${body.what}` } }, t("prints.fetch"));
      fill(work, h("p", {}, mark("check", t(`prints.done.${body.what}`, row.result), "good")), link);
    } else fill(work, mark("alert", row.refusal?.staff ?? t("staff.job.failed"), "bad"), row.refusal?.next ? h("p", { class: "soft" }, row.refusal.next) : null);
  } catch (error) {
    if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
    work.replaceChildren();
    sayError(error);
  } finally {
    pressed.disabled = false;
  }
}

function card(what, fields, body) {
  const work = h("div", { class: "prints-work", "aria-live": "polite" });
  const pressed = button(t(`prints.make.${what}`), { icon: "printer", kind: "primary", data: { testid: `order-${what}` }, press: () => order({ what, ...body() }, pressed, work) });
  return h("section", { class: "prints-card" }, h("h3", {}, t(`prints.kind.${what}`)), h("p", { class: "soft" }, t(`prints.kind.${what}.lead`)), fields, pressed, work);
}

function choice(name, values, word) {
  const select = h("select", { id: name, data: { testid: name } }, values.map((value) => h("option", { value }, word(value))));
  select.value = wanted[name];
  return select;
}

function orders(data) {
  const sheets = data.choices.sheets;
  const size = choice("size", [...new Set(sheets.map((one) => one.size))], (value) => t(`prints.size.${value}`));
  const paper = choice("paper", [...new Set(sheets.map((one) => one.paper))], (value) => t(`prints.paper.${value}`));
  const count = h("input", { id: "count", type: "number", min: "1", inputmode: "numeric", data: { testid: "count" } });
  const hint = h("span", { class: "hint", id: "count-hint" });
  const fit = () => {
    [wanted.size, wanted.paper] = [size.value, paper.value];
    const of = sheets.find((one) => one.size === size.value && one.paper === paper.value);
    count.max = String(of.most);
    count.value = String(wanted.count !== null && wanted.count <= of.most ? wanted.count : of.usual);
    hint.textContent = t("prints.most", { most: of.most });
  };
  for (const one of [size, paper]) one.addEventListener("change", () => ((wanted.count = null), fit()));
  count.addEventListener("input", () => (wanted.count = Number(count.value) || null));
  count.setAttribute("aria-describedby", "count-hint");
  fit();
  const grids = new Map(data.choices.grids.map((one) => [one.grid, one]));
  const grid = choice("grid", [...grids.keys()], (value) => t("prints.grid", grids.get(value)));
  grid.addEventListener("change", () => (wanted.grid = grid.value));
  const field = (name, input, more = null) => h("label", { class: "field", for: name }, h("span", {}, t(`prints.word.${name}`)), input, more);
  return h(
    "section",
    { class: "panel result-part", data: { testid: "orders" } },
    h("h2", {}, t("prints.print")),
    scopes(data),
    h(
      "div",
      { class: "prints-cards" },
      card("sheets", [field("size", size), field("paper", paper), field("count", count, hint)], () => ({ size: size.value, paper: paper.value, count: Number(count.value) || null })),
      card("labels", [field("grid", grid)], () => ({ grid: grid.value })),
      card("list", [], () => ({})),
    ),
  );
}

/* --- classes and requests ---------------------------------------------------------------------------------------- */

function classes(data) {
  const rows = data.classes.filter((row) => row.ready || row.gone);
  if (!rows.length) return h("section", { class: "panel result-part", data: { testid: "classes" } }, h("h2", {}, t("prints.classes")), empty("box", t("prints.nothing"), t("prints.nothing_next")));
  const heads = ["class", "ready", "gone", "open"].map((name, index) => h("th", { scope: "col", class: index ? "number" : null }, t(`prints.column.${name}`)));
  return h(
    "section",
    { class: "panel result-part", data: { testid: "classes" } },
    h("h2", {}, t("prints.classes")),
    h(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-label": t("prints.classes") },
      h(
        "table",
        { class: "grid" },
        h("caption", { class: "unseen" }, t("prints.classes")),
        h("thead", {}, h("tr", {}, heads)),
        h("tbody", {}, rows.map((row) => h("tr", {}, h("th", { scope: "row" }, className(row)), h("td", { class: "number" }, String(row.ready)), h("td", { class: "number" }, String(row.gone)), h("td", { class: "number" }, row.ready > row.gone ? String(row.ready - row.gone) : mark("check", "0", "good"))))),
      ),
    ),
  );
}

function giveLink(link, row) {
  const input = h("input", { id: "link", value: link, readonly: true, data: { testid: "link" } });
  openDialog({
    title: t("prints.link"),
    lead: row.student.name,
    testid: "dialog-link",
    body: [
      h("label", { class: "field", for: "link" }, h("span", {}, t("prints.link_word")), input),
      h("p", { class: "hint" }, t("prints.link_hint")),
      button(t("prints.link_copy"), {
        press: async () => {
          input.select();
          try {
            await navigator.clipboard.writeText(link);
            toast(t("prints.link_copied"));
          } catch {
            toast(t("prints.link_select"), { tone: "warn" }); // without TLS browsers give pages no clipboard
          }
        },
      }),
    ],
  });
  input.select();
}

function decide(row, granted) {
  const reason = granted ? null : reasonFields("decide_copy");
  const key = mintKey();
  openDialog({
    title: t(granted ? "prints.grant" : "prints.refuse"),
    lead: [row.student.name, row.student.student_number].join(" · "),
    testid: granted ? "dialog-grant" : "dialog-refuse",
    body: granted ? h("p", {}, t("prints.grant_lead")) : reason.node,
    submit: {
      word: t(granted ? "prints.grant" : "prints.refuse"),
      run: async () => {
        const { link } = await write(`${PATH}/copies/${encodeURIComponent(row.id)}`, { key, granted, ...(granted ? {} : { reason: reason.get() }) });
        setTimeout(() => {
          if (link) giveLink(link, row); // this dialog is closed by now
          else toast(t("prints.refused_done"));
          reload();
        }, 0);
      },
    },
  });
}

function requests(data) {
  const line = (row) => {
    const [icon, tone] = STATES[row.state];
    return h(
      "li",
      { class: "line-row money-person", data: { testid: "request", id: row.id, state: row.state } },
      h("div", { class: "grow" }, h("p", {}, h("strong", {}, row.student.name), " ", h("span", { class: "soft" }, [row.student.student_number, row.student.class_name].filter(Boolean).join(" · "))), h("p", { class: "soft" }, [t("prints.asked", { at: dayAndClock(row.at), by: row.by === "phone" ? t("prints.by_phone") : row.by.replace(/^staff:/, "") }), row.reason ?? "", row.downloads ? t("prints.downloads", { count: row.downloads }) : ""].filter(Boolean).join(" · "))),
      mark(icon, row.state === "granted" ? t("prints.state.granted_until", { day: day(row.until) }) : t(`prints.state.${row.state}`), tone),
      row.state === "waiting" && data.may.decide ? h("div", { class: "money-acts" }, button(t("prints.grant"), { data: { testid: "grant" }, press: () => decide(row, true) }), button(t("prints.refuse"), { kind: "quiet", data: { testid: "refuse" }, press: () => decide(row, false) })) : null,
    );
  };
  return h("section", { class: "panel result-part", data: { testid: "requests" } }, h("h2", {}, t("prints.requests")), h("p", { class: "soft" }, t("prints.requests_lead")), data.requests.length ? h("ul", { class: "plain-list money-people" }, data.requests.map(line)) : h("p", { class: "soft" }, t("prints.no_requests")));
}

function draw(data) {
  if (!data.campaigns.length) {
    fill(content, empty("calendar", t("staff.campaigns.none"), t("staff.campaigns.none_next")));
    return;
  }
  chosen = data.chosen;
  fill(content, head(data), totals(data));
  if (data.may.hand_out) people(document.getElementById("people"), { campaign: chosen, classes: data.classes, may: data.may, done: reload });
  const holder = document.getElementById("orders");
  if (data.may.decide && holder.dataset.campaign !== chosen) {
    holder.dataset.campaign = chosen; // drawn once for a campaign: a finished file's link stays
    fill(holder, orders(data));
  }
  fill(document.getElementById("details"), requests(data), classes(data));
}

boot(async () => {
  content = document.getElementById("content");
  await reload();
});

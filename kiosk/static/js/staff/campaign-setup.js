/*
 * The guided set-up of a campaign: four steps, saved as a draft at each, then a preview; only "publish" makes it count.
 * The draft's id stands in the address (#draft), so that a reload or another tablet goes on where it was.
 * Hooks: [data-step], [data-testid=next|back|publish|save], [data-field].
 */

import { Refused, Unreachable, read, write, mintKey } from "./api.js";
import { button, fill, h, icon, mark, skeleton } from "./dom.js";
import { fieldNode, fieldValue, shown } from "./campaign-fields.js";
import { openDialog, sayError, toast } from "./notices.js";
import { press } from "./plan.js";
import { beforeLanguage, boot } from "./shell.js";
import { t } from "./texts.js";

const PREVIEW = "preview";
const holder = document.getElementById("content");
let plan;
let state = { draft: null, version: null, content: {}, problems: [], preview: null, changes: [], known: false };
let step = "whom";
let touched = false; // whether the form says what the draft doesn't
let saving = Promise.resolve(); // one save at a time: two at once would contradict each other
let unanswered = null; // a save whose answer was lost: it may lie on the server, and its key tells

const steps = () => [...Object.keys(plan.steps), PREVIEW];
const problemOf = (field) => state.problems.find((problem) => problem.field.split(".")[0] === field)?.code;

function rail() {
  return h(
    "ol",
    { class: "step-rail" },
    steps().map((name, index) => {
      const wrong = name === PREVIEW ? 0 : state.problems.filter((problem) => problem.step === name).length;
      const seen = state.draft !== null;
      return h(
        "li",
        {},
        h(
          "button",
          { type: "button", class: "step", "aria-current": name === step ? "step" : null, data: { step: name }, on: { click: () => go(name) } },
          h("span", { class: "step-number", "aria-hidden": "true" }, String(index + 1)),
          h("span", {}, t(`plan.step.${name}`)),
          seen && name !== PREVIEW ? (wrong ? mark("alert", t("plan.open", { count: wrong }), "warn") : mark("check", t("plan.ready"), "good")) : null,
        ),
      );
    }),
  );
}

function form() {
  const fields = plan.steps[step];
  const node = h(
    "form",
    { class: "panel plan-form", novalidate: true },
    h("h2", {}, t(`plan.step.${step}`)),
    h("p", { class: "soft" }, t(`plan.step.${step}.lead`)),
    fields.map((field) => fieldNode(field, state.content[field], plan.choices, state.draft ? problemOf(field) : null)),
  );
  node.addEventListener("input", () => (touched = true));
  node.addEventListener("change", keepQuietly); // a field that was left is kept, whatever happens to the page
  node.addEventListener("submit", (event) => {
    event.preventDefault();
    go(steps()[steps().indexOf(step) + 1]);
  });
  return node;
}

function preview() {
  const rows = Object.entries(plan.steps).map(([name, fields]) =>
    h(
      "section",
      { class: "panel" },
      h("div", { class: "balance-head" }, h("h2", {}, t(`plan.step.${name}`)), button(t("plan.edit"), { icon: "pen", kind: "quiet", press: () => go(name) })),
      h(
        "dl",
        { class: "facts across" },
        fields.map((field) => {
          const wrong = problemOf(field);
          const change = state.changes.find((entry) => entry.field === field);
          return h(
            "div",
            { data: { shown: field } },
            h("dt", {}, t(`plan.field.${field}`)),
            h("dd", {}, shown(field, (state.preview ?? state.content)[field], plan.choices), wrong ? mark("alert", t(`plan.problem.${wrong}`), "bad") : null, change ? h("p", { class: "soft" }, t("plan.was", { value: shown(field, change.from, plan.choices) })) : null),
          );
        }),
      ),
    ),
  );
  const ready = state.problems.length === 0;
  return h(
    "div",
    { data: { testid: "preview" } },
    h(
      "div",
      { class: ready ? "plan-note good" : "plan-note warn", role: "status" },
      icon(ready ? "check" : "alert"),
      h("p", {}, ready ? t(state.known ? "plan.preview.change" : "plan.preview.new", { count: state.changes.length }) : t("plan.preview.problems", { count: state.problems.length })),
    ),
    rows,
  );
}

function acts() {
  const at = steps().indexOf(step);
  return h(
    "div",
    { class: "plan-acts" },
    at > 0 ? button(t("plan.back"), { data: { testid: "back" }, press: () => go(steps()[at - 1]) }) : null,
    button(t("plan.save"), { data: { testid: "save" }, press: async () => (await keep()) && toast(t("plan.saved")) }),
    state.draft ? button(t("plan.discard"), { kind: "quiet", data: { testid: "discard" }, press: askDiscard }) : null,
    h("span", { class: "grow" }),
    step === PREVIEW
      ? button(t("plan.publish"), { icon: "check", kind: "primary", data: { testid: "publish" }, attributes: { "aria-disabled": state.problems.length ? "true" : null }, press: () => state.problems.length || askPublish() })
      : button(t("plan.next"), { icon: "chevron", kind: "primary", data: { testid: "next" }, press: () => go(steps()[at + 1]) }),
  );
}

function draw() {
  fill(holder, rail(), step === PREVIEW ? preview() : form(), acts());
  document.getElementById("lead").textContent = state.content.code ? `${t("plan.campaign_setup.lead")} ${state.content.code}` : t("plan.campaign_setup.lead");
}

/** What the form says, into the content. */
function take() {
  const node = holder.querySelector("form");
  if (!node || step === PREVIEW) return;
  for (const field of plan.steps[step]) {
    const value = fieldValue(field, node, plan.choices);
    if (value === undefined) delete state.content[field];
    else state.content[field] = value;
  }
}

/** Save the draft after whatever is being saved. Rejects as `press` does. */
function save() {
  saving = saving.catch(() => {}).then(async () => {
    if (unanswered) await send(unanswered);
    take();
    touched = false;
    const body = { content: structuredClone(state.content), step, key: mintKey() };
    if (state.draft) Object.assign(body, { draft: state.draft, version: state.version });
    await send(body);
  });
  return saving.catch((error) => {
    touched = true;
    throw error;
  });
}

async function send(body) {
  unanswered = body;
  try {
    const { result } = await press("save_draft", body);
    history.replaceState(null, "", `#${result.draft}`);
    state = { ...state, draft: result.draft, version: result.version, problems: result.problems };
    unanswered = null;
  } catch (error) {
    if (!(error instanceof Unreachable)) unanswered = null;
    throw error;
  }
}

async function keep() {
  try {
    await save();
    return true;
  } catch (error) {
    if (error instanceof Refused && error.code === "draft_changed") toast(error.staff, { tone: "bad", next: error.next, act: { word: t("plan.read_again"), icon: "refresh", run: () => location.reload() } });
    else if (error instanceof Refused || error instanceof Unreachable) sayError(error);
    else throw error;
    return false;
  }
}

/** Save without a word; what could not be saved is told at the next press. */
async function keepQuietly() {
  try {
    await save();
  } catch (error) {
    if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
  }
}

async function go(name) {
  do {
    if (!(await keep())) return;
  } while (touched); // something was written meanwhile, and another step takes the form's place
  step = name;
  if (step === PREVIEW) await load(state.draft);
  draw();
  scrollTo(0, 0);
  (holder.querySelector(".wrong input, .wrong select") ?? holder.querySelector("h2"))?.focus?.({ preventScroll: true });
}

async function load(draft) {
  const found = await read(`/staff/api/drafts/${encodeURIComponent(draft)}`);
  state = { draft: found.draft, version: found.version, content: found.content, problems: found.problems, preview: found.preview, changes: found.changes, known: found.known };
  return found;
}

function askPublish() {
  openDialog({
    title: t("plan.publish"),
    lead: t(state.known ? "plan.publish.change" : "plan.publish.new", { code: state.content.code }),
    body: [],
    testid: "dialog-publish",
    submit: {
      word: t("plan.publish"),
      run: async () => {
        await press("publish_draft", { draft: state.draft, version: state.version });
        location.assign("/staff/campaigns");
      },
    },
  });
}

function askDiscard() {
  openDialog({
    title: t("plan.discard"),
    lead: t("plan.discard.lead"),
    body: [],
    testid: "dialog-discard",
    submit: {
      word: t("plan.discard"),
      kind: "danger solid",
      run: async () => {
        await press("discard_draft", { draft: state.draft });
        location.assign("/staff/campaigns");
      },
    },
  });
}

boot(async () => {
  fill(holder, skeleton());
  try {
    plan = await read("/staff/api/plan");
    const asked = location.hash.slice(1);
    if (/^[0-9a-f]{32}$/.test(asked)) {
      const found = await load(asked);
      step = steps().includes(found.step) ? found.step : "whom";
      if (step === PREVIEW && state.problems.length === 0) step = PREVIEW;
    } else if (/^copy=[a-z0-9-]{1,40}$/.test(asked)) {
      const { result } = await write(`/staff/api/campaigns/${asked.slice(5)}/draft`, { key: mintKey() });
      history.replaceState(null, "", `#${result.draft}`);
      await load(result.draft);
    } else {
      state.content = structuredClone(plan.choices.defaults);
    }
    draw();
    beforeLanguage(async () => {
      await saving.catch(() => {}); // a new draft has its address only then
      return !touched || keep();
    });
  } catch (error) {
    if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
    sayError(error);
    fill(holder, h("p", {}, h("a", { class: "button plain", href: "/staff/campaigns" }, t("plan.to_campaigns"))));
  } finally {
    holder.removeAttribute("aria-busy");
  }
});

/* The panel at the right: one visit in full. It reads the visit when it opens and whenever its row changed. */

import { ask } from "./actions.js";
import { Refused, Unreachable, read } from "./api.js";
import { button, empty, fill, h, icon, mark, skeleton } from "./dom.js";
import { shotCard, temperatureMark, verdictMark } from "./shots.js";
import { ICONS, actionsOf, stateOf } from "./states.js";
import { action, actor, first, t } from "./texts.js";
import { clock, duration, exactClock, since } from "./time.js";

const MASKED = ["sex", "id_number", "student_number", "level", "major_name", "class_name", "branch", "teaching_point", "school_name", "code_tail"];

export class Detail {
  constructor(holder, context, close) {
    this.holder = holder;
    this.context = context;
    this.onClose = () => close(null);
    this.visit = null;
    this.signature = "";
    this.reading = 0;
  }

  open(id) {
    this.visit = id;
    this.signature = "";
    this.holder.hidden = false;
    this.holder.dataset.testid = "detail";
    this.holder.dataset.visit = id;
    this.holder.scrollTop = 0;
    this.body = h("div", { class: "detail-body" }, skeleton(5));
    this.head = h("header", { class: "detail-head" });
    fill(this.holder, this.head, this.body);
    this.holder.focus({ preventScroll: true });
  }

  close() {
    this.visit = null;
    this.holder.hidden = true;
    this.holder.replaceChildren();
    delete this.holder.dataset.visit;
  }

  /** After each snapshot: draw the head, and read the rest again if the row changed. */
  follow() {
    if (!this.visit) return;
    const row = this.context.visit(this.visit);
    if (!row) {
      fill(this.body, empty("search", t("staff.detail.gone")));
      fill(this.head, this.closer());
      return;
    }
    const signature = JSON.stringify([row, this.context.page.busy.has(row.id)]);
    if (signature === this.signature) return;
    this.signature = signature;
    this.drawHead(row);
    this.readBody(row.id);
  }

  closer() {
    return button("", { icon: "cross", kind: "quiet", label: t("staff.close"), data: { testid: "detail-close" }, press: this.onClose });
  }

  drawHead(row) {
    const state = stateOf(row);
    const [likely, rest] = actionsOf(row);
    const busy = this.context.page.busy.has(row.id);
    const act = (name, kind) =>
      button(t(`staff.action.${name}`), {
        icon: ICONS[name],
        kind,
        data: { action: name },
        attributes: { "aria-disabled": busy ? "true" : null },
        press: () => busy || ask(name, row, this.context),
      });
    fill(
      this.head,
      h(
        "div",
        { class: "detail-title" },
        row.number === null ? null : h("span", { class: "detail-number" }, String(row.number)),
        h("div", {}, h("h2", {}, row.name || t("staff.code_visit")), h("p", { class: "detail-state" }, mark(state.icon, t(state.key), state.tone), state.group === "ended" ? h("span", { class: "soft" }, clock(row.since)) : since(row.since, "soft"))),
        this.closer(),
      ),
      likely || rest.length
        ? h("div", { class: "detail-acts" }, likely ? act(likely, "primary") : null, rest.map((name) => act(name, name === "cancel" ? "danger" : "plain")))
        : null,
    );
  }

  async readBody(id) {
    const reading = ++this.reading;
    try {
      const data = await read(`/staff/api/visits/${encodeURIComponent(id)}`);
      if (reading === this.reading && this.visit === id) fill(this.body, this.sections(data));
    } catch (error) {
      if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
      if (reading !== this.reading || this.visit !== id) return;
      this.signature = ""; // the next snapshot reads again
      if (!this.body.querySelector("section")) {
        fill(this.body, empty("broken", error instanceof Refused ? error.staff : t("staff.lost.title"), t("staff.lost.sentence")));
      }
    }
  }

  sections(data) {
    return [
      this.reports(data),
      this.shots(data),
      this.person(data),
      this.readings(data),
      this.history(data),
      this.audit(data),
    ].filter(Boolean);
  }

  person(data) {
    const facts = MASKED.filter((name) => data.masked?.[name]).map((name) => [h("dt", {}, t(`staff.field.${name}`)), h("dd", {}, data.masked[name])]);
    const row = data.visit ?? {};
    return h(
      "section",
      { class: "detail-part" },
      h("h3", {}, t("staff.detail.person")),
      data.card_photo
        ? h("img", { class: "card-photo", src: `/staff/api/visits/${encodeURIComponent(row.id)}/card.jpg`, alt: t("staff.detail.card_photo"), width: "102", height: "126" })
        : null,
      h("dl", { class: "facts" }, facts, row.assurance ? [h("dt", {}, t("staff.detail.assurance")), h("dd", {}, first([`staff.assurance.${row.assurance}`], row.assurance))] : null),
      (row.flags ?? []).length ? h("p", { class: "marks" }, row.flags.map((flag) => mark("alert", first([`staff.flag.${flag}`], flag), "warn"))) : null,
    );
  }

  reports(data) {
    if (!data.reports?.length) return null;
    return h(
      "section",
      { class: "detail-part" },
      h("h3", {}, t("staff.detail.reports")),
      data.reports.map((report) =>
        h(
          "div",
          { class: report.resolved_at ? "note" : "note warn" },
          h("p", {}, mark("report", t("staff.detail.report_says", { fields: report.fields.map((field) => first([`staff.field.${field}`], field)).join("、") }), report.resolved_at ? "" : "warn")),
          report.note ? h("p", { class: "quote" }, report.note) : null,
          h("p", { class: "soft" }, clock(report.at), report.resolved_at ? ` · ${t("staff.detail.resolved", { time: clock(report.resolved_at) })} ${report.resolution ?? ""}` : ""),
        ),
      ),
    );
  }

  shots(data) {
    if (!data.shots?.length) return null;
    const newestFirst = [...data.shots].sort((a, b) => b.ordinal - a.ordinal);
    return h(
      "section",
      { class: "detail-part" },
      h("h3", {}, t("staff.detail.shots")),
      newestFirst.map((shot, index) => (index === 0 ? shotCard(shot) : h("details", { class: "fold" }, h("summary", {}, icon("chevron"), t("staff.shot_ordinal", { ordinal: shot.ordinal }), verdictMark(shot)), shotCard(shot)))),
    );
  }

  readings(data) {
    const lines = (data.temperatures ?? []).map((reading) =>
      h("li", {}, h("span", { class: "soft" }, exactClock(reading.at)), temperatureMark(reading), h("span", { class: "soft" }, first([`staff.source.${reading.source}`], reading.source))),
    );
    const signed = data.declaration;
    if (!lines.length && !signed) return null;
    return h(
      "section",
      { class: "detail-part" },
      h("h3", {}, t("staff.detail.health")),
      signed
        ? h("p", { class: "line" }, signed.passed ? mark("check", t("staff.detail.declared"), "soft") : mark("stop", t("staff.detail.declared_not"), "bad"), h("span", { class: "soft" }, clock(signed.signed_at)))
        : null,
      lines.length ? h("ul", { class: "lines" }, lines) : null,
    );
  }

  history(data) {
    return h(
      "section",
      { class: "detail-part" },
      h("h3", {}, t("staff.detail.history")),
      h(
        "ol",
        { class: "timeline" },
        (data.history ?? []).map((step) => {
          const seconds = step.ended_at ? Math.max(0, Math.round((Date.parse(step.ended_at) - Date.parse(step.started_at)) / 1000)) : null;
          const state = stateOf({ state: step.state });
          return h(
            "li",
            { class: step.ended_at ? "" : "now" },
            h("span", { class: "timeline-dot" }, icon(state.icon)),
            h("span", { class: "timeline-word" }, t(`staff.state.${step.state}`), h("span", { class: "soft" }, ` ${actor(step.by)}`)),
            h("span", { class: "soft timeline-time" }, exactClock(step.started_at), " · ", seconds === null ? since(step.started_at) : duration(seconds)),
          );
        }),
      ),
    );
  }

  audit(data) {
    if (!data.audit?.length) return null;
    return h(
      "details",
      { class: "detail-part fold" },
      h("summary", {}, icon("chevron"), h("span", {}, t("staff.detail.audit", { count: data.audit.length }))),
      h("ul", { class: "audit-lines" }, data.audit.map((line) => h("li", {}, h("span", { class: "soft" }, exactClock(line.at)), h("span", {}, auditWords(line)), line.reason ? h("span", { class: "quote" }, line.reason) : null))),
    );
  }
}

/** One audit line: what, by whom, and the refusal if it was one. */
export function auditWords(line) {
  const what = action(line.action);
  const result = line.result === "done" ? "" : ` · ${first([`refusal.${line.result}.staff`], t("staff.audit.refused", { code: line.result }), valuesOf(line.detail))}`;
  return `${what} · ${actor(line.actor)}${result}`;
}

/* Values of a refusal's sentence; lists of keys (a card's flags, what a campaign takes) as words. */
function valuesOf(detail) {
  const values = { ...detail };
  if (Array.isArray(values.flags)) values.flags = values.flags.map((flag) => first([`staff.flag.${flag}`], flag)).join("、");
  if (Array.isArray(values.takes)) values.takes = values.takes.map((way) => first([`identity.way.${way}`], way)).join("、");
  return values;
}

/*
 * Pictures about which staff decide: a grid with the evidence under each, chosen by mouse or keys, one or many at once;
 * opened, a picture stands beside the one that counts. One that is nobody's yet is assigned first.
 * Hooks: [data-testid=grid|photo][data-id][data-state], [data-testid=accept|reject|assign|unassign|select-clear|more|photo-dialog|replace|undo].
 */

import { Press, Refused, Unreachable, read, write } from "./api.js";
import { checkList, checkName } from "./checks.js";
import { assignDialog } from "./collection-assign.js";
import { button, empty, fill, h, mark } from "./dom.js";
import { openDialog, reasonFields, sayError, toast } from "./notices.js";
import { actor, first, t } from "./texts.js";
import { day, dayAndClock } from "./time.js";

const PATH = "/staff/api/collection";
const MOST_AT_ONCE = 500;
const STATES = ["candidate", "accepted", "rejected", "replaced"];
const MODES = ["own", "company", "studio", "kiosk"];
const VERDICTS = ["pass", "ask", "fail"];
const DONE = { replace_photo: "collection.replaced_done", unassign_photo: "collection.unassigned" };
const TONES = { pass: ["check", "good"], ask: ["ask", "warn"], fail: ["cross", "bad"] };

/** One decision about pictures; the same press may be sent again where no answer came. */
export function decide(name, content) {
  const press = new Press(name, content);
  return write(`${PATH}/actions/${name}`, { ...press.body, key: press.key });
}

const signName = (sign) => first([`batch.sign.${sign.code}`], sign.code);
const signFacts = (sign) => Object.values(sign.evidence ?? {}).filter((value) => typeof value === "string" || typeof value === "number").join(" · ");
const picture = (photo, kind, alt) => photo.removed ? h("p", { class: "photo-gone soft" }, t("collection.removed")) : h("img", { src: `${PATH}/photos/${photo.id}/${kind}.jpg`, alt, width: "240", height: "320", loading: "lazy" });
const who = (photo) => photo.student?.name ?? (photo.unmatched ? t("collection.unmatched") : t(`collection.mode.${photo.mode}`));
const decidedBy = (by) => (by?.startsWith("system:") ? t(by === "system:judge" ? "collection.by_judge" : "collection.by_rule") : actor(by));

/** What speaks for or against a picture, in few words. */
function evidence(photo) {
  const [iconName, tone] = TONES[photo.verdict];
  const asked = photo.signs.filter((sign) => sign.ask);
  return [
    mark(iconName, t(`collection.verdict.${photo.verdict}`), tone),
    photo.failed.slice(0, 2).map((code) => mark("cross", checkName({ code }), "bad")),
    photo.asked.slice(0, 2).map((code) => mark("ask", checkName({ code }), "warn")),
    asked.map((sign) => mark("alert", signName(sign), "warn")),
    photo.old ? mark("clock", t("collection.old"), "warn") : null,
    photo.other ? mark("person", t("collection.other"), "warn") : null,
  ];
}

export class PhotoGrid {
  /** Draw into `holder`; `changed()` is called after each decision. */
  constructor(holder, changed) {
    this.holder = holder;
    this.changed = changed;
    this.campaign = "";
    this.filter = { state: "candidate", mode: "", verdict: "", whose: "", delivery: "" };
    this.photos = [];
    this.chosen = new Set();
    this.total = 0;
    this.after = null;
    this.asked = 0;
    holder.addEventListener("keydown", (event) => this.key(event));
  }

  /** Read the pictures anew with what is given of the filter. */
  async of(filter, campaign = this.campaign) {
    this.campaign = campaign;
    this.filter = { ...this.filter, ...filter };
    this.chosen.clear();
    await this.readPage(0);
    if ("delivery" in filter && filter.delivery) this.holder.scrollIntoView({ block: "start" });
  }

  async readPage(after) {
    const ask = ++this.asked;
    const query = new URLSearchParams({ campaign: this.campaign, ...this.filter, after: String(after) });
    const found = await read(`${PATH}/photos?${query}`);
    if (ask !== this.asked) return; // a later question was asked meanwhile
    this.photos = after ? [...this.photos, ...found.photos] : found.photos;
    this.total = found.total;
    this.after = found.after;
    this.draw();
  }

  choice(name, values, word) {
    const select = h("select", { id: `filter-${name}`, data: { testid: `filter-${name}` } }, values.map((value) => h("option", { value }, value ? word(value) : t("collection.filter.all"))));
    select.value = this.filter[name];
    select.addEventListener("change", () => this.safely(() => this.of({ [name]: select.value, delivery: "" })));
    return h("label", { class: "field inline", for: `filter-${name}` }, h("span", {}, t(`collection.filter.${name}`)), select);
  }

  draw() {
    const focused = document.activeElement?.closest?.("[data-testid=photo]")?.dataset.id;
    const open = this.filter.state === "candidate";
    const clear = this.photos.filter((photo) => photo.verdict === "pass" && !photo.other && !photo.old);
    fill(
      this.holder,
      h(
        "section",
        { class: "panel", data: { testid: "grid" } },
        h("header", { class: "grid-head" }, h("h2", {}, t("collection.decide")), h("p", { class: "soft", role: "status", data: { testid: "grid-total" } }, t("collection.total", { count: this.total }))),
        h("div", { class: "grid-filter" }, this.choice("state", STATES, (value) => t(`collection.${value}`)), this.choice("mode", ["", ...MODES], (value) => t(`collection.mode.${value}`)), this.choice("verdict", ["", ...VERDICTS], (value) => t(`collection.verdict.${value}`)), this.choice("whose", ["", "nobody"], () => t("collection.unmatched")), this.filter.delivery ? button(`${t("collection.filter.delivery")} · ${t("collection.filter.clear")}`, { icon: "cross", press: () => this.safely(() => this.of({ delivery: "" })) }) : null),
        open && this.photos.length
          ? h("div", { class: "grid-acts" }, button(t("collection.select_clear", { count: clear.length }), { data: { testid: "select-clear" }, press: () => this.choose(clear) }), button(t("collection.select_none"), { kind: "quiet", press: () => this.choose([]) }), button("", { kind: "primary", icon: "check", data: { testid: "accept" }, press: () => this.ask("accept") }), button("", { kind: "danger", icon: "cross", data: { testid: "reject" }, press: () => this.ask("reject") }), h("p", { class: "hint keys" }, t("collection.keys")))
          : null,
        this.photos.length ? h("ul", { class: "photo-grid" }, this.photos.map((photo, place) => this.card(photo, place, open))) : empty("check", t("collection.none"), t("collection.none_next")),
        this.after !== null ? button(t("collection.more", { count: this.total - this.photos.length }), { data: { testid: "more" }, press: () => this.safely(() => this.readPage(this.after)) }) : null,
      ),
    );
    this.mark();
    if (focused) this.holder.querySelector(`[data-testid=photo][data-id="${focused}"]`)?.focus({ preventScroll: true });
  }

  card(photo, place, open) {
    const student = photo.student;
    const box = h("input", { type: "checkbox", tabindex: "-1", "aria-label": t("collection.choose_photo"), on: { change: () => this.toggle(photo.id) } });
    return h(
      "li",
      { class: "photo-card", tabindex: place === 0 ? "0" : "-1", "aria-label": `${who(photo)} ${student?.student_number ?? photo.file}`, data: { testid: "photo", id: photo.id, state: photo.state, verdict: photo.verdict } },
      h("div", { class: "photo-pictures" }, picture(photo, photo.picture ? "made" : "original", t(photo.picture ? "collection.made" : "collection.original")), photo.picture && !photo.removed ? h("img", { class: "photo-small", src: `${PATH}/photos/${photo.id}/original.jpg`, alt: t("collection.original"), width: "90", height: "120", loading: "lazy" }) : null),
      h("p", { class: "photo-who" }, h("strong", {}, who(photo)), " ", h("span", { class: "soft" }, student ? `${student.student_number} ${student.class_name}` : photo.file)),
      h("p", { class: "photo-evidence" }, evidence(photo)),
      photo.assigned_by ? h("p", { class: "soft" }, t("collection.assigned_by", { by: actor(photo.assigned_by) })) : null,
      photo.decided_by ? h("p", { class: "soft" }, t("collection.by", { by: decidedBy(photo.decided_by) }), photo.reason ? ` · ${photo.reason}` : "") : null,
      h("div", { class: "photo-acts" }, open ? h("label", { class: "photo-choose" }, box, h("span", {}, t("collection.choose_photo"))) : null, photo.unmatched && open ? button(t("collection.assign"), { kind: "primary", data: { testid: "assign" }, press: () => this.assign(photo.id) }) : null, button(photo.other ? t("collection.compare") : t("collection.look"), { data: { testid: "look" }, press: () => this.look(photo.id) })),
    );
  }

  mark() {
    for (const card of this.holder.querySelectorAll("[data-testid=photo]")) {
      const chosen = this.chosen.has(card.dataset.id);
      card.classList.toggle("chosen", chosen);
      const box = card.querySelector("input[type=checkbox]");
      if (box) box.checked = chosen;
    }
    for (const name of ["accept", "reject"]) {
      const act = this.holder.querySelector(`[data-testid=${name}]`);
      if (!act) continue;
      act.disabled = this.chosen.size === 0;
      const word = t(`collection.${name}_n`, { count: this.chosen.size });
      const place = act.querySelector(".button-word");
      if (place) place.textContent = word;
      else act.append(h("span", { class: "button-word" }, word));
    }
  }

  choose(photos) {
    this.chosen = new Set(photos.slice(0, MOST_AT_ONCE).map((photo) => photo.id));
    this.mark();
  }

  toggle(id) {
    if (!this.chosen.delete(id)) this.chosen.add(id);
    this.mark();
  }

  key(event) {
    const card = event.target.closest("[data-testid=photo]");
    if (!card || event.target !== card || event.ctrlKey || event.metaKey || event.altKey) return;
    const cards = [...this.holder.querySelectorAll("[data-testid=photo]")];
    const place = cards.indexOf(card);
    const across = Math.max(1, cards.findIndex((other) => other.offsetTop > cards[0].offsetTop));
    const go = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: across, ArrowUp: -across }[event.key];
    if (go) {
      const next = cards[Math.min(cards.length - 1, Math.max(0, place + go))];
      card.tabIndex = -1;
      next.tabIndex = 0;
      next.focus();
    } else if (event.key === " " && this.filter.state === "candidate") this.toggle(card.dataset.id);
    else if (event.key === "Enter") this.look(card.dataset.id);
    else if (/^[mM]$/.test(event.key) && this.filter.state === "candidate" && this.photos[place].unmatched) this.assign(card.dataset.id);
    else if (/^[aArR]$/.test(event.key) && this.filter.state === "candidate") {
      if (!this.chosen.size) this.choose([this.photos[place]]);
      this.ask(event.key.toLowerCase() === "a" ? "accept" : "reject");
    } else return;
    event.preventDefault();
  }

  /** Accept what passed at once; ask for a reason where there is doubt or a rejection. */
  ask(decision) {
    const photos = this.photos.filter((photo) => this.chosen.has(photo.id));
    const doubt = photos.filter((photo) => photo.doubt).length;
    if (!photos.length) return;
    if (decision === "accept" && !doubt && !photos.some((photo) => photo.old)) {
      this.safely(() => this.send("decide_collected", { photos: photos.map((photo) => photo.id), decision }));
      return;
    }
    const reason = reasonFields("decide_collected");
    const wrong = dateBox(photos.some((photo) => photo.old) && decision === "accept");
    openDialog({
      title: t(`collection.${decision}_n`, { count: photos.length }),
      lead: t(`collection.lead_${decision}`, { count: photos.length, doubt }),
      body: [reason.node, wrong.node],
      testid: "decide-dialog",
      submit: {
        word: t(`collection.${decision}`),
        kind: decision === "reject" ? "danger solid" : "primary",
        run: () => this.send("decide_collected", { photos: photos.map((photo) => photo.id), decision, reason: reason.get(), ...wrong.get() }),
      },
    });
  }

  async send(name, content) {
    const { result } = await decide(name, content);
    toast(name === "decide_collected" ? t("collection.decided", { count: result.count }) : t(DONE[name] ?? "collection.undone"));
    await this.anew();
  }

  async anew() {
    this.chosen.clear();
    await Promise.all([this.readPage(0), this.changed()]);
  }

  /** Ask whose it is; then the keys are on it again, or where it was filtered away on the one in its place. */
  assign(id) {
    const place = this.photos.findIndex((photo) => photo.id === id);
    this.safely(async () => {
      const { photo } = await read(`${PATH}/photos/${id}`);
      const shown = picture(photo, photo.picture ? "made" : "original", t("collection.this"));
      let next = null;
      const dialog = assignDialog(this.campaign, photo, shown, async (student, name) => {
        const { result } = await decide("assign_photo", { photo: id, student });
        const undo = { word: t("collection.unassign_short"), icon: "refresh", run: () => this.safely(() => this.send("unassign_photo", { photo: id })) };
        toast(t(result.other ? "collection.assigned_other" : "collection.assigned", { name }), { next: result.other ? t("collection.assigned_other_next") : "", act: undo });
        await this.anew();
        const cards = [...this.holder.querySelectorAll("[data-testid=photo]")];
        next = cards.find((card) => card.dataset.id === id) ?? cards[Math.min(place, cards.length - 1)];
      });
      dialog.addEventListener("close", () => next?.focus());
    });
  }

  async safely(work) {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
      sayError(error);
    }
  }

  look(id) {
    this.safely(async () => this.open(await read(`${PATH}/photos/${id}`)));
  }

  /** A picture large, its checks, its file's signs, and beside it the one that counts. */
  open({ photo, others }) {
    const counts = others.find((other) => other.state === "accepted");
    const taking = photo.state !== "accepted" && photo.picture && photo.student && !photo.removed && (counts || photo.state !== "candidate");
    const back = photo.mode !== "kiosk" && (photo.state === "accepted" || photo.state === "rejected");
    const reason = taking ? reasonFields("replace_photo") : null;
    const wrong = dateBox(taking && photo.old);
    const dialog = openDialog({
      title: `${who(photo)} ${photo.student?.student_number ?? ""}`.trimEnd(),
      lead: taking && counts ? t("collection.replace_lead") : "",
      body: [
        h("div", { class: "photo-compare" }, side(photo, t("collection.this")), counts ? side(counts, t("collection.counts")) : null),
        signs(photo),
        checkList(photo.checks),
        taking ? [reason.node, wrong.node] : null,
        photo.unmatched && photo.state === "candidate" ? button(t("collection.assign"), { icon: "person", press: () => { dialog.close(); this.assign(photo.id); } }) : null,
        photo.assigned_by && photo.state === "candidate" ? button(t("collection.unassign"), { icon: "refresh", data: { testid: "unassign" }, press: () => this.safely(async () => { await this.send("unassign_photo", { photo: photo.id }); dialog.close(); }) }) : null,
        back ? button(t("collection.undo"), { icon: "refresh", data: { testid: "undo" }, press: () => this.safely(async () => { await this.send("reopen_photo", { photo: photo.id }); dialog.close(); }) }) : null,
      ],
      wide: true,
      testid: "photo-dialog",
      submit: taking ? { word: t("collection.replace"), run: () => this.send("replace_photo", { photo: photo.id, reason: reason.get(), ...wrong.get() }) } : undefined,
    });
    return dialog;
  }
}

/** The camera's clock was wrong: a box where a picture seems too old. */
function dateBox(needed) {
  const box = h("input", { type: "checkbox", data: { testid: "date-wrong" } });
  return { node: needed ? h("label", { class: "choice single" }, box, h("span", {}, t("collection.date_wrong"))) : null, get: () => (needed && box.checked ? { date_is_wrong: true } : {}) };
}

function side(photo, name) {
  return h(
    "figure",
    { data: { side: photo.id } },
    h("figcaption", {}, h("strong", {}, name), " ", mark("dot", t(`collection.${photo.state}`))),
    h("div", { class: "photo-pictures" }, photo.picture ? picture(photo, "made", t("collection.made")) : mark("alert", t("collection.no_picture"), "warn"), picture(photo, "original", t("collection.original"))),
    h("p", { class: "soft" }, t(`collection.mode.${photo.mode}`), " · ", photo.taken_at ? t("collection.taken", { at: day(photo.taken_at) }) : t("collection.came", { at: dayAndClock(photo.stored_at) })),
    h("p", { class: "photo-evidence" }, evidence(photo)),
  );
}

function signs(photo) {
  return h(
    "section",
    { class: "photo-signs" },
    h("h3", {}, t("collection.signs")),
    photo.signs.length ? h("ul", {}, photo.signs.map((sign) => h("li", {}, mark(sign.ask ? "alert" : "dot", signName(sign), sign.ask ? "warn" : ""), " ", h("span", { class: "soft" }, signFacts(sign))))) : h("p", { class: "soft" }, t("collection.no_signs")),
  );
}

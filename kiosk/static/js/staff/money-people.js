/*
 * Students and classes of the fees page: where somebody stands, and the presses that write a payment, a waiver, a refund.
 * Hooks: those of finder.js, [data-testid=class-paid|class-waived], [data-testid=person][data-student], [data-testid=pay|waive|revoke|refund].
 */

import { mintKey, write } from "./api.js";
import { button, h, mark } from "./dom.js";
import { factsOf, finder, named, placeOf } from "./finder.js";
import { Incomplete, openDialog, reasonFields, toast } from "./notices.js";
import { t } from "./texts.js";
import { dayAndClock } from "./time.js";

const PATH = "/staff/api/money";
const TONES = { paid: ["check", "good"], waived: ["check", ""], open: ["clock", "warn"], part: ["alert", "warn"], over: ["alert", "bad"], refunded: ["refresh", "warn"] };
const yuan = (cents) => `${cents < 0 ? "−" : ""}${(Math.abs(cents) / 100).toFixed(2)}`;

/* Cents of what was typed; `Incomplete` for anything else. */
function cents(input) {
  const words = input.value.trim().replace(/[，,。]/, ".");
  if (!/^\d{1,6}(\.\d{1,2})?$/.test(words) || Number(words) <= 0) throw new Incomplete(t("money.amount_wrong"), input);
  return Math.round(Number(words) * 100);
}

/** One press with a key of its own; the dialog stays open on a refusal. */
function presser(name) {
  let last = "";
  let key = "";
  return (body) => {
    const said = JSON.stringify(body);
    if (said !== last) [last, key] = [said, mintKey()];
    return write(`${PATH}/actions/${name}`, { ...body, key });
  };
}

function pay(row, { campaign, fee, done }) {
  const rest = Math.max(0, fee - (row.paid - row.refunded));
  const amount = h("input", { id: "amount", inputmode: "decimal", autocomplete: "off", maxlength: "9", value: (rest / 100).toFixed(2), data: { testid: "amount" } });
  const receipt = h("input", { id: "receipt", autocomplete: "off", maxlength: "40", spellcheck: "false", data: { testid: "receipt" } });
  const send = presser("record_payment");
  openDialog({
    title: t("money.pay"),
    lead: named(row),
    testid: "dialog-pay",
    body: [
      h("label", { class: "field", for: "amount" }, h("span", {}, t("money.amount")), amount),
      h("label", { class: "field", for: "receipt" }, h("span", {}, t("money.receipt")), receipt, h("span", { class: "hint" }, t("money.receipt_hint"))),
      h("p", { class: "hint" }, t("money.no_cards")),
    ],
    submit: {
      word: t("money.pay"),
      run: async () => {
        const { result } = await send({ campaign, students: [row.id], cents: cents(amount), receipt_number: receipt.value.trim() });
        toast(t("money.paid_done", { amount: yuan(result.cents), receipt: result.receipts[0] }));
        await done();
      },
    },
  });
  amount.select();
}

function refund(row, { campaign, done }) {
  const amount = h("input", { id: "amount", inputmode: "decimal", autocomplete: "off", maxlength: "9", value: ((row.paid - row.refunded) / 100).toFixed(2), data: { testid: "amount" } });
  const reason = reasonFields("refund_payment");
  const send = presser("refund_payment");
  openDialog({
    title: t("money.refund"),
    lead: named(row),
    testid: "dialog-refund",
    body: [h("label", { class: "field", for: "amount" }, h("span", {}, t("money.amount")), amount), reason.node],
    submit: {
      word: t("money.refund"),
      run: async () => {
        const { result } = await send({ campaign, student: row.id, cents: cents(amount), reason: reason.get() });
        toast(t("money.refund_done", { amount: yuan(result.cents), receipt: result.receipt }));
        await done();
      },
    },
  });
}

function waive(students, lead, revoke, { campaign, done }) {
  const reason = reasonFields("waive_payment");
  const send = presser("waive_payment");
  openDialog({
    title: t(revoke ? "money.revoke" : "money.waive"),
    lead,
    testid: revoke ? "dialog-revoke" : "dialog-waive",
    body: reason.node,
    submit: {
      word: t(revoke ? "money.revoke" : "money.waive"),
      run: async () => {
        const { result } = await send({ campaign, students, revoke, reason: reason.get() });
        toast(t("money.waive_done", { count: result.recorded }));
        await done();
      },
    },
  });
}

/** Where somebody stands, what does not fit, what may be pressed. */
export function personRow(row, context) {
  const [icon, tone] = TONES[row.state] ?? ["dot", ""];
  const acts = context.may
    ? [
        row.owing ? button(t("money.pay"), { data: { testid: "pay" }, press: () => pay(row, context) }) : null,
        row.owing ? button(t("money.waive"), { kind: "quiet", data: { testid: "waive" }, press: () => waive([row.id], named(row), false, context) }) : null,
        row.waived ? button(t("money.revoke"), { kind: "quiet", data: { testid: "revoke" }, press: () => waive([row.id], named(row), true, context) }) : null,
        row.paid - row.refunded > 0 ? button(t("money.refund"), { kind: "quiet", data: { testid: "refund" }, press: () => refund(row, context) }) : null,
      ]
    : [];
  return h(
    "li",
    { class: "line-row money-person", data: { testid: "person", student: row.id, state: row.state } },
    h(
      "div",
      { class: "grow" },
      h("p", {}, h("strong", {}, row.student.name), " ", h("span", { class: "soft" }, factsOf(row))),
      (row.why ?? []).length ? h("p", {}, row.why.map((kind) => mark("alert", t(`money.difference.${kind}`), "warn"))) : null,
      (row.rows ?? []).length ? h("ul", { class: "money-rows soft" }, row.rows.map((one) => h("li", {}, [dayAndClock(one.at), t(`money.kind.${one.kind}`), one.cents ? t("money.yuan", { amount: yuan(one.cents) }) : "", one.receipt ?? "", one.note, one.by.replace(/^staff:/, "")].filter(Boolean).join(" · ")))) : null,
    ),
    mark(icon, `${t(`money.state.${row.state}`)}${row.paid - row.refunded ? ` ${yuan(row.paid - row.refunded)}` : ""}`, tone),
    row.photographed === null ? null : mark(row.photographed ? "camera" : "dot", t(row.photographed ? "money.photographed" : "money.not_photographed"), "soft"),
    h("div", { class: "money-acts" }, acts),
  );
}

/** The whole class at once: those who owe something. */
function whole(students, title, context) {
  const owing = students.filter((row) => row.owing).map((row) => row.id);
  if (!context.may || !owing.length) return null;
  const send = presser("record_payment");
  return h(
    "div",
    { class: "money-class" },
    button(t("money.class_paid", { count: owing.length }), {
      kind: "primary",
      icon: "check",
      data: { testid: "class-paid" },
      press: () =>
        openDialog({
          title: t("money.class_paid", { count: owing.length }),
          lead: title,
          testid: "dialog-class",
          body: h("p", {}, t("money.class_lead", { count: owing.length, fee: yuan(context.fee) })),
          submit: {
            word: t("money.pay"),
            run: async () => {
              const { result } = await send({ campaign: context.campaign, students: owing });
              toast(t("money.class_done", { count: result.recorded, skipped: result.skipped, amount: yuan(result.cents) }));
              await context.done();
            },
          },
        }),
    }),
    button(t("money.class_waived"), { kind: "quiet", data: { testid: "class-waived" }, press: () => waive(owing, `${title} · ${t("money.heads_only", { count: owing.length })}`, false, context) }),
  );
}

/** Students of the campaign and what they paid. */
export function people(holder, context) {
  finder(holder, {
    campaign: context.campaign,
    path: PATH,
    classes: context.classes.map((row) => [row, `${placeOf(row) || t("money.no_branch")} (${row.heads})`]),
    words: {
      title: t("money.people"),
      find: t("staff.student.search"),
      placeholder: t("staff.student.placeholder"),
      class: t("money.class"),
      choose: t("money.choose_class"),
      none: t("staff.student.none_next"),
    },
    person: (row) => personRow(row, context),
    whole: (students, word) => whole(students, word, context),
  });
}

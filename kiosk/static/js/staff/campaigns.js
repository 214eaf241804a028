/* The campaigns: whom, how, by which standard, until when, and how far each is. Hook: [data-campaign=CODE]. */

import { empty, fill, h, mark } from "./dom.js";
import { boot, show } from "./shell.js";
import { first, t, titled } from "./texts.js";
import { day } from "./time.js";

function card(row) {
  const { registered = 0, photographed = 0, ready = 0, missing = 0 } = row.counts ?? {};
  const bar = h("div", { class: "balance-bar", "aria-hidden": "true" });
  const done = h("span", { class: "ready" });
  done.style.width = `${registered ? (photographed / registered) * 100 : 0}%`;
  bar.append(done);
  const facts = [
    ["mode", first([`staff.identity.${row.identity_mode}`], row.identity_mode)],
    ["profile", titled(row.profile_title) || row.profile],
    ["screening", row.screening],
    ["capture", `${day(row.capture_from)} – ${day(row.capture_until)}`],
    ["deadline", day(row.roster_deadline)],
    ["upload", day(row.upload_on)],
    ["shots", String(row.shots ?? "–")],
    ["temperature", row.temperature_required ? t("staff.campaigns.required") : t("staff.campaigns.not_required")],
    ["fee", row.fee_cents === undefined ? "–" : t("staff.campaigns.yuan", { amount: (row.fee_cents / 100).toFixed(2) })],
  ];
  return h(
    "section",
    { class: "panel campaign", data: { campaign: row.code } },
    h("div", { class: "balance-head" }, h("div", {}, h("h2", {}, titled(row.title)), h("p", { class: "soft" }, row.code)), row.active ? mark("check", t("staff.campaigns.active"), "good") : mark("pause", t("staff.campaigns.inactive"), "soft")),
    h("dl", { class: "figures" }, Object.entries({ registered, photographed, ready, missing }).map(([name, count]) => h("div", {}, h("dt", {}, t(`staff.campaigns.${name}`)), h("dd", {}, String(count))))),
    bar,
    h("dl", { class: "facts across" }, facts.map(([name, value]) => h("div", {}, h("dt", {}, t(`staff.campaigns.${name}`)), h("dd", {}, value || "–")))),
  );
}

boot(() =>
  show(document.getElementById("content"), "/staff/api/campaigns", (data) => {
    const rows = [...data.campaigns].sort((a, b) => Number(b.active) - Number(a.active));
    fill(document.getElementById("content"), rows.length ? rows.map(card) : empty("calendar", t("staff.campaigns.none"), t("staff.campaigns.none_next")));
  }),
);

/* The photo profiles: a list, and the chosen one as a drawing with every number, its source and grade.
   Hooks: [data-profile=CODE], [data-testid=drawing], [data-part=NAME]. The chosen code stands in the address. */

import { fill, h } from "./dom.js";
import { boot, show } from "./shell.js";
import { t, titled } from "./texts.js";

const list = document.getElementById("list");
const content = document.getElementById("content");
const FIRST = "chsi-2017-99";

const gradeMark = (grade) => h("abbr", { class: `grade grade-${grade}`, title: t(`profile.grade.${grade}`) }, grade);

function what(row) {
  if (!row.colour) return row.what;
  const swatch = h("span", { class: "swatch", "aria-hidden": "true" });
  swatch.style.background = row.colour;
  return h("span", { class: "with-swatch" }, swatch, row.what);
}

function part({ name, rows }) {
  const checks = name === "thresholds";
  const heads = ["what", ...(checks ? ["live", "final", "ask"] : [name === "switches" ? "answer" : "band"]), "source"];
  return h(
    "section",
    { class: "part", data: { part: name } },
    h("h2", {}, t(`profile.part.${name}`)),
    h(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-label": t(`profile.part.${name}`) },
      h(
        "table",
        { class: `grid profile-grid ${checks ? "checks" : ""}` },
        h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col" }, t(`profile.column.${head}`))))),
        h(
          "tbody",
          {},
          rows.map((row) =>
            h(
              "tr",
              {},
              h("th", { scope: "row" }, what(row)),
              (checks ? [row.live, row.value, row.asked] : [row.value]).map((value) => h("td", { class: "value" }, value)),
              h("td", { class: "value" }, `[${row.source}] `, gradeMark(row.grade)),
            ),
          ),
        ),
      ),
    ),
  );
}

function draw(one, campaigns) {
  fill(
    content,
    h(
      "section",
      { class: "panel drawing" },
      h("img", { src: one.drawing, alt: t("profile.drawing", { title: one.title }), data: { testid: "drawing" } }),
      h(
        "p",
        { class: "drawing-foot" },
        h("span", { class: "soft" }, one.source, " ", gradeMark(one.grade)),
        h("a", { class: "button plain", href: one.drawing, download: `${one.code}.svg` }, t("profile.download")),
      ),
      campaigns.length ? h("p", {}, t("profile.used_by", { campaigns: campaigns.map(titled).join("、") })) : null,
    ),
    one.parts.map(part),
    h(
      "section",
      { class: "part" },
      h("h2", {}, t("profile.part.sources")),
      h("ol", { class: "sources" }, one.sources.map((source) => h("li", {}, source.text, " ", gradeMark(source.grade)))),
      h("p", { class: "soft" }, ["A", "B", "C", "M", "D"].map((grade) => t(`profile.grade.${grade}`)).join(" · ")),
    ),
  );
}

async function choose(rows, code) {
  const row = rows.find((each) => each.code === code) ?? rows.find((each) => each.code === FIRST) ?? rows[0];
  for (const link of list.querySelectorAll("a")) {
    if (link.dataset.profile === row.code) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  await show(content, `/staff/api/profiles/${encodeURIComponent(row.code)}`, (one) => draw(one, row.campaigns));
}

boot(() =>
  show(list, "/staff/api/profiles", ({ profiles }) => {
    const chosen = () => decodeURIComponent(location.hash.slice(1));
    fill(
      list,
      profiles.map((row) =>
        h("a", { href: `#${row.code}`, data: { profile: row.code } }, h("span", {}, titled(row.title)), h("span", { class: "soft" }, `${row.code} `, gradeMark(row.grade))),
      ),
    );
    addEventListener("hashchange", () => choose(profiles, chosen()));
    choose(profiles, chosen());
  }),
);

// The demonstration's panel: lays a card, sets the temperature, changes the scene. Nothing of it exists elsewhere.

import { h } from "./dom.js";
import { current, t } from "./i18n.js";

//: The cards of the demo's roster by their place in it (kiosk/exchange/demo.py), and what each shows.
const CARDS = {
  0: "ordinary",
  1: "ordinary",
  2: "ordinary",
  3: "photographed",
  4: "slot",
  5: "programme",
  6: "unknown",
  7: "expired",
  8: "long_name",
  10: "name_differs",
};
const TEMPERATURES = ["36.5", "37.8"];
const SCENES = ["good", "mask", "head_tilted", "too_far", "off_centre"];

/** Puts the panel into the page when the server says that this is a demonstration. */
export function startDemo(api) {
  if (document.body.dataset.demo !== "1") return;
  let panel = draw(api);
  let drawn = current();
  document.body.append(panel);
  new MutationObserver(() => {
    if (current() === drawn) return;
    drawn = current();
    const fresh = draw(api);
    const before = [...panel.querySelectorAll("select")].map((choice) => choice.value);
    fresh.querySelectorAll("select").forEach((choice, place) => { choice.value = before[place]; });
    fresh.open = panel.open;
    fresh.hidden = panel.hidden;
    panel.replaceWith(fresh);
    panel = fresh;
  }).observe(document.documentElement, { attributeFilter: ["lang"] });
}

/** The panel in the page's language. */
function draw(api) {
  const said = h("p", { class: "demo-said", role: "status" });
  const send = async (line) => {
    said.textContent = "…";
    try {
      const answer = await api.simulate(line);
      said.textContent = answer.said ?? "✓";
    } catch (error) {
      said.textContent = error.student ?? error.code ?? t("kiosk.demo.failed");
    }
  };
  const press = (label, line) =>
    h("button", { type: "button", class: "demo-button", "data-simulate": line, onclick: () => send(line) }, label);
  const choice = (options, label) =>
    h(
      "select",
      { class: "demo-select", "aria-label": label },
      options.map(([value, words]) => h("option", { value }, words)),
    );
  const card = choice(
    Object.entries(CARDS).map(([place, story]) => [place, `${Number(place) + 1} · ${t(`kiosk.demo.card.${story}`)}`]),
    t("kiosk.demo.cards"),
  );
  const scene = choice(SCENES.map((name) => [name, t(`kiosk.demo.scene.${name}`)]), t("kiosk.demo.scenes"));
  const row = (...children) => h("div", { class: "demo-row" }, children);
  const lay = h(
    "button",
    { type: "button", class: "demo-button", "data-simulate": "card", onclick: () => send(`card lay ${card.value}`) },
    t("kiosk.demo.lay"),
  );
  const change = h(
    "button",
    { type: "button", class: "demo-button", "data-simulate": "scene", onclick: () => send(`scene ${scene.value}`) },
    t("kiosk.demo.change"),
  );
  return h(
    "details",
    { class: "demo", id: "demo" },
    h("summary", {}, t("kiosk.demo.title")),
    h(
      "div",
      { class: "demo-body" },
      row(card, lay, press(t("kiosk.demo.lift"), "card remove")),
      row(TEMPERATURES.map((celsius) => press(t("kiosk.demo.temperature", { celsius }), `thermometer set ${celsius}`))),
      row(scene, change),
      said,
    ),
  );
}

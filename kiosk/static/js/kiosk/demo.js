// The demonstration's panel: lays a card, sets the temperature, changes the scene. Nothing of it exists elsewhere.

import { h } from "./dom.js";
import { t } from "./i18n.js";

const CARDS = 8;
const TEMPERATURES = ["36.5", "37.8"];

/** Puts the panel into the page when the server says that this is a demonstration. */
export function startDemo(api) {
  if (document.body.dataset.demo !== "1") return;
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
  const card = h("select", { class: "demo-select", "aria-label": t("kiosk.demo.card") });
  for (let number = 0; number < CARDS; number += 1) {
    card.append(h("option", { value: number }, t("kiosk.demo.card_number", { number: number + 1 })));
  }
  const panel = h(
    "details",
    { class: "demo", id: "demo" },
    h("summary", {}, t("kiosk.demo.title")),
    h(
      "div",
      { class: "demo-body" },
      h("div", { class: "demo-row" }, card, h("button", { type: "button", class: "demo-button", "data-simulate": "card lay", onclick: () => send(`card lay ${card.value}`) }, t("kiosk.demo.lay"))),
      h("div", { class: "demo-row" }, TEMPERATURES.map((celsius) => press(t("kiosk.demo.temperature", { celsius }), `thermometer set ${celsius}`))),
      h("div", { class: "demo-row" }, press(t("kiosk.demo.scene"), "camera next")),
      said,
    ),
  );
  document.body.append(panel);
}

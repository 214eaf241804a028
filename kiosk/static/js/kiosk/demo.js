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
//: What can be wrong before the camera (kiosk/photo/studio/scene.py), by kind; those of SIDED also to the other side.
const SCENES = {
  people: ["empty", "two_people", "person_behind", "hand_in_frame"],
  place: ["too_far", "too_near", "off_centre", "too_high", "too_low"],
  pose: ["head_tilted", "head_turned", "head_lifted", "shoulders_tilted", "eyes_closed", "mouth_open"],
  wear: [
    "mask", "mask_below_nose", "sunglasses", "glasses_glare", "hair_over_brows", "red_eye", "head_cover", "headphones",
    "blue_top",
  ],
  light: ["dark", "bright", "side_light", "colour_cast", "blurred", "moving", "compressed"],
  wall: ["wall_shadow", "wall_gradient", "wall_colour", "wall_pattern"],
};
const SIDED = new Set(["off_centre", "head_tilted", "head_turned", "head_lifted", "shoulders_tilted", "side_light"]);
const STRENGTHS = { whole: 1, half: 0.5 };

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
  const sides = (name) => (SIDED.has(name) ? [[`${name} 1`, name], [`${name} -1`, `${name}.other`]] : [[`${name} 1`, name]]);
  const scene = h(
    "select",
    { class: "demo-select", "data-scenes": true, "aria-label": t("kiosk.demo.scenes") },
    h("option", { value: "good" }, t("kiosk.demo.scene.good")),
    Object.entries(SCENES).map(([kind, names]) =>
      h(
        "optgroup",
        { label: t(`kiosk.demo.kind.${kind}`) },
        names.flatMap(sides).map(([value, key]) => h("option", { value }, t(`kiosk.demo.scene.${key}`))),
      ),
    ),
  );
  const strength = choice(Object.entries(STRENGTHS).map(([name, value]) => [value, t(`kiosk.demo.strength.${name}`)]), t("kiosk.demo.strengths"));
  const seen = () => {
    const [name, side] = scene.value.split(" ");
    return side ? `${name} ${side * strength.value}` : name;
  };
  const row = (...children) => h("div", { class: "demo-row" }, children);
  const lay = h(
    "button",
    { type: "button", class: "demo-button", "data-simulate": "card", onclick: () => send(`card lay ${card.value}`) },
    t("kiosk.demo.lay"),
  );
  const change = h(
    "button",
    { type: "button", class: "demo-button", "data-simulate": "scene", onclick: () => send(`scene ${seen()}`) },
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
      row(scene, strength, change),
      said,
    ),
  );
}

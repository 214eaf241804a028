// Makes elements: the few lines that stand in for a framework. Text is always set as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";
const drawings = new Map(); // name → parsed <svg>, read once at the start so that a screen never waits for a picture

/** Element `tag` with attributes (`on…` are listeners, null and false are left out) and children (strings, nodes). */
export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
export function s(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Reads the drawings `names` of static/img; one that is missing leaves its place empty. */
export async function loadDrawings(names) {
  await Promise.all(
    names.map(async (name) => {
      try {
        const answer = await fetch(new URL(`../../img/${name}.svg`, import.meta.url));
        if (!answer.ok) return;
        const parsed = new DOMParser().parseFromString(await answer.text(), "image/svg+xml").documentElement;
        if (parsed.nodeName === "svg") drawings.set(name, parsed);
      } catch {
        // The page works without its pictures.
      }
    }),
  );
}

/** An illustration of static/img, inline so that it takes the tokens' colours; decoration for a screen reader. */
export function drawing(name) {
  const frame = h("div", { class: "art", "aria-hidden": "true", "data-art": name });
  const parsed = drawings.get(name);
  if (parsed) {
    const copy = document.importNode(parsed, true);
    copy.setAttribute("focusable", "false");
    frame.append(copy);
  }
  return frame;
}

const ICONS = {
  check: "M9 25l10 10L39 13",
  cross: "M12 12l24 24M36 12L12 36",
  question: "M16 18a8 8 0 1 1 12 7c-3 2-4 3-4 6M24 38v.5",
  hand: "M14 26V14a3 3 0 0 1 6 0v9V9a3 3 0 0 1 6 0v14V11a3 3 0 0 1 6 0v14-8a3 3 0 0 1 6 0v13c0 8-5 13-12 13-6 0-9-3-12-8l-5-8c-1-3 3-5 5-2z",
  globe: "M24 6a18 18 0 1 0 0 36 18 18 0 0 0 0-36zM6 24h36M24 6c12 10 12 26 0 36M24 6c-12 10-12 26 0 36",
  voice: "M8 19v10h7l9 8V11l-9 8zM31 17c4 4 4 10 0 14M36 12c7 7 7 17 0 24",
  letters: "M5 37L15 11l10 26M9 28h12M29 37l7-18 7 18M32 31h8",
  back: "M30 10L16 24l14 14",
  forward: "M18 10l14 14-14 14",
  up: "M24 40V9M11 22L24 9l13 13",
  down: "M24 8v31M11 26l13 13 13-13",
  left: "M40 24H9M22 11L9 24l13 13",
  right: "M8 24h31M26 11l13 13-13 13",
  plug: "M17 6v10M31 6v10M12 16h24v6a12 12 0 0 1-24 0zM24 34v8",
  again: "M38 24a14 14 0 1 1-4-10l5 5M39 8v11H28",
  clock: "M24 6a18 18 0 1 0 0 36 18 18 0 0 0 0-36zM24 14v11l7 5",
  shield: "M24 6l15 5v12c0 10-6 16-15 19C15 39 9 33 9 23V11zM16 24l6 6 11-12",
  travel: "M6 30l36-14-12 26-6-10zM24 32l18-16",
  thermometer: "M20 28V10a4 4 0 0 1 8 0v18a8 8 0 1 1-8 0zM24 18v16",
  place: "M24 43C14 32 10 26 10 19a14 14 0 0 1 28 0c0 7-4 13-14 24zM24 24a5 5 0 1 0 0-10 5 5 0 0 0 0 10z",
  people: "M17 22a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM4 40c1-9 6-13 13-13s12 4 13 13M31 9a7 7 0 0 1 0 13M34 28c6 1 9 5 10 12",
  grow: "M29 19L42 6M31 6h11v11M19 29L6 42M17 42H6V31",
  shrink: "M42 6L28 20M28 9v11h11M6 42l14-14M20 39V28H9",
  eye: "M4 24c6-9 12-13 20-13s14 4 20 13c-6 9-12 13-20 13S10 33 4 24zM24 30a6 6 0 1 0 0-12 6 6 0 0 0 0 12z",
  sun: "M24 32a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM24 5v5M24 38v5M5 24h5M38 24h5M10.500 10.500l3.500 3.500M34 34l3.500 3.500M10.500 37.500l3.500-3.500M34 14l3.500-3.500",
  still: "M24 22a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM10 42c1-10 6-14 14-14s13 4 14 14M4 8v14M44 8v14",
  shirt: "M17 7L5 13l4 10 5-2v20h20V21l5 2 4-10-12-6c-2 5-12 5-14 0z",
  pen: "M10 38l3-11L33 7l8 8-20 20zM28 12l8 8",
  person: "M24 24a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM8 42c1-10 7-14 16-14s15 4 16 14",
  camera: "M6 15h9l3-5h12l3 5h9v24H6zM24 34a8 8 0 1 0 0-16 8 8 0 0 0 0 16z",
  note: "M12 6h18l8 8v28H12zM30 6v8h8M18 24h14M18 32h14",
};

/** A line icon; always beside a word. */
export function icon(name) {
  return s(
    "svg",
    { class: `icon icon-${name}`, viewBox: "0 0 48 48", "aria-hidden": "true", focusable: "false" },
    s("path", { d: ICONS[name] ?? ICONS.question }),
  );
}

/** A button. `tone`: primary | secondary | quiet. `action` names it for tests. */
export function button({ label, action, tone = "primary", symbol = null, press, pressed = null, value = null }) {
  return h(
    "button",
    {
      type: "button",
      class: `button button-${tone}`,
      "data-action": action,
      "data-value": value,
      "aria-pressed": pressed === null ? null : String(pressed),
      onclick: press,
    },
    symbol ? icon(symbol) : null,
    h("span", { class: "button-label" }, label),
  );
}

/** Arrow keys move the focus between the buttons of `group`. */
export function arrows(group) {
  group.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const buttons = [...group.querySelectorAll("button:not(:disabled)")];
    const at = buttons.indexOf(document.activeElement);
    if (at < 0) return;
    event.preventDefault();
    buttons[(at + step + buttons.length) % buttons.length].focus();
  });
  return group;
}

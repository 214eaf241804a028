/* Building blocks of the staff pages: elements made in script, never from strings, so that a name is always text. */

const SVG = "http://www.w3.org/2000/svg";

/* Line icons on a 24 px grid, our own. An icon never stands without a word; it is hidden from readers. */
const ICONS = {
  hand: "M8 12V5.5a1.5 1.5 0 0 1 3 0V11m0-6.5a1.5 1.5 0 0 1 3 0V11m0-4.500a1.5 1.5 0 0 1 3 0V14c0 4-2.3 6.5-6 6.5-2.8 0-4.3-1.2-5.8-3.800L3.8 13.400c-.5-.9-.2-1.7.5-2.1.7-.4 1.5-.2 2 .5L8 14",
  seat: "M7 4v9h9M7 13l-1 7M16 13l1.5 7M7 9h8",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3.5 2",
  check: "M5 12.500l4.5 4.500L19 7.5",
  back: "M9 6h11v12H9l-5.500-6zM12 9.500l5 5M17 9.500l-5 5",
  lock: "M5.500 10.500h13v10h-13zM8.500 10.500V8a3.500 3.500 0 0 1 7 0v2.500M12 14.500v2.500",
  cross: "M6 6l12 12M18 6L6 18",
  ask: "M9 9.200a3 3 0 1 1 4.3 2.700c-.9.5-1.3 1-1.3 2.100M12 17.400v.1M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z",
  pause: "M9 6v12M15 6v12",
  play: "M8 5.500v13l10.5-6.500z",
  camera: "M4 8h3.500L9 5.500h6L16.5 8H20v11H4zM12 16.500a3.3 3.3 0 1 0 0-6.6 3.3 3.3 0 0 0 0 6.600z",
  thermometer: "M10 13.500V5.500a2 2 0 0 1 4 0v8a4 4 0 1 1-4 0zM12 10v7",
  person: "M12 11.500a3.8 3.8 0 1 0 0-7.6 3.8 3.8 0 0 0 0 7.600zM4.8 20c.6-4 3.4-5.8 7.2-5.800s6.6 1.8 7.2 5.8",
  pen: "M4.5 19.500l1-4L16 5l3 3L8.5 18.500zM14 7l3 3",
  report: "M6 3.500h9l3.5 3.500v13.500H6zM12 10v4M12 17v.1",
  form: "M6 3.500h12v17H6zM9 8h6M9 12h6M9 16h4",
  bell: "M6.5 16.500V11a5.5 5.5 0 0 1 11 0v5.500l1.5 1.500H5zM10 20.500h4",
  search: "M11 17.500a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM16 16l4.5 4.5",
  more: "M6 12h.1M12 12h.1M18 12h.1",
  upload: "M12 16V4.500M7 9l5-5 5 5M4.5 16v4h15v-4",
  download: "M12 4v11.500M7 11l5 5 5-5M4.5 16.500V20h15v-3.5",
  broken: "M9 15l-2 2a3.5 3.5 0 0 1-5-5l2-2M15 9l2-2a3.5 3.5 0 0 1 5 5l-2 2M8 4v3M4 8h3M16 20v-3M20 16h-3",
  refresh: "M19.5 11a7.5 7.5 0 1 0-1.2 5M19.5 5v6h-6",
  shield: "M12 3.500l7 2.500v5.500c0 4.5-2.8 7.5-7 9-4.2-1.5-7-4.5-7-9V6zM9 12l2.3 2.300L15.5 10",
  alert: "M12 4.500l8.5 15h-17zM12 10v4M12 16.800v.1",
  stop: "M8.2 3.500h7.600l4.7 4.700v7.600l-4.7 4.700H8.200l-4.7-4.700V8.200zM8 12h8",
  phone: "M7.5 3.500h9v17h-9zM11 17.800h2",
  card: "M3.5 6h17v12.500h-17zM7 14.500c.3-1.5 1.3-2 2.5-2s2.2.5 2.5 2M9.5 12a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3zM14.5 10.500H18M14.5 14H18",
  file: "M6 3.500h8l4 4v13H6zM14 3.500v4h4",
  box: "M4 8l8-4.500L20 8v8l-8 4.500L4 16zM4 8l8 4.500L20 8M12 12.500v8",
  calendar: "M4.5 6h15v14h-15zM4.5 10h15M8.5 3.500V7M15.5 3.500V7",
  key: "M14.5 13a4.5 4.5 0 1 0-4.2-3L4 16.300V20h3.500v-2.500H10V15l1.5-1.500a4.5 4.5 0 0 0 3-.5zM15.5 8.500v.1",
  plus: "M12 5v14M5 12h14",
  printer: "M7 9V4h10v5M7 17H4V9h16v8h-3M7 14h10v6H7z",
  light: "M12 16.500a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM12 2.500v2M12 19.500v2M2.500 12h2M19.500 12h2M5.300 5.300l1.400 1.400M17.300 17.300l1.400 1.400M5.300 18.700l1.400-1.400M17.300 6.700l1.400-1.400",
  wall: "M3.500 5h17v14h-17zM3.500 12h17M10 5v7M15 12v7",
  code: "M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h3v3h-3zM18 18h2v2h-2z",
  plug: "M9 3.500v5M15 3.500v5M6.500 8.500h11v3a5.5 5.5 0 0 1-11 0zM12 17v4",
  list: "M8.500 6H20M8.500 12H20M8.500 18H20M4 6h.1M4 12h.1M4 18h.1",
  chevron: "M9 5.500l6.5 6.500L9 18.5",
  dot: "M12 13.500a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3z",
};

/** An icon by name, hidden from screen readers. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name] ?? ICONS.dot);
  svg.append(path);
  return svg;
}

/**
 * An element. `attributes`: `class`, `data` (dataset), `on` (listeners), properties such as `disabled`, `value`,
 * `hidden`; everything else is set as an attribute, null and false are left out. Children: nodes, strings, lists.
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "class") element.className = value;
    else if (name === "data") Object.assign(element.dataset, value);
    else if (name === "on") for (const [event, run] of Object.entries(value)) element.addEventListener(event, run);
    else if (name === "value" || name === "hidden" || name === "disabled" || name === "checked") element[name] = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Replace everything inside `parent`. */
export function fill(parent, ...children) {
  parent.replaceChildren(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
}

/** Like `fill`, but what stands in its place already is not touched: the browser lays out again only what changed. */
export function arrange(parent, ...children) {
  const wanted = children.flat(3).filter((child) => child !== null && child !== undefined && child !== false);
  const kept = new Set(wanted);
  for (const child of [...parent.children]) if (!kept.has(child)) child.remove();
  wanted.forEach((child, at) => parent.children[at] === child || parent.insertBefore(child, parent.children[at] ?? null));
}

/** Icon and word: the only form in which a colour may mean something. `tone`: "", good, warn, bad. */
export function mark(iconName, word, tone = "", extra = "") {
  return h("span", { class: `mark ${tone} ${extra}`.trim() }, icon(iconName), h("span", {}, word));
}

/** A button. `options`: `icon`, `kind` (primary, plain, quiet, danger), `data`, `on`, `label` for readers. */
export function button(word, { icon: iconName, kind = "plain", press, data = {}, label, attributes = {} } = {}) {
  return h(
    "button",
    { type: "button", class: `button ${kind}`, data, "aria-label": label, on: press ? { click: press } : {}, ...attributes },
    iconName ? icon(iconName) : null,
    word ? h("span", { class: "button-word" }, word) : null,
  );
}

/** What a page shows where there is nothing yet. */
export function empty(iconName, title, sentence = "") {
  return h("div", { class: "empty" }, icon(iconName), h("p", { class: "empty-title" }, title), sentence ? h("p", {}, sentence) : null);
}

/** Grey lines in the shape of what is coming. */
export function skeleton(rows = 6) {
  return h(
    "div",
    { class: "skeleton", "aria-hidden": "true" },
    Array.from({ length: rows }, () => h("div", { class: "skeleton-row" })),
  );
}

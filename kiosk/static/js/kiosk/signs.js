// The small pictures of the hints: a person before the light wall, and an arrow or a mark that says what to do.
// Sides are the student's own, which the mirror shows on the same side. `sign(name)` draws one.

import { s } from "./dom.js";

const WIDTH = 240;
const HEIGHT = 200;

const p = (kind, d) => s("path", { class: kind, d });
const at = (x, y, scale, ...children) => s("g", { transform: `translate(${x} ${y}) scale(${scale})` }, children);
const turned = (degrees, ...children) => s("g", { transform: `rotate(${degrees} 0 44)` }, children);

// --- the person: eyes at 0, chin at 64, crown at -76, shoulders from 78 on -----------------------------------------
const BODY = "M-110 150q4 -62 64 -72h92q60 10 64 72z";
const NECK = "M-22 40h44v46q-22 22 -44 0z";
const FACE = "M-48 -10q0 -52 48 -52t48 52v14q0 56 -48 60q-48 -4 -48 -60z";
const HAIR = "M-54 0q-8 -76 54 -76t54 76q-6 -4 -8 -22q-18 -14 -30 -22q-30 22 -62 22q-2 18 -8 22z";
const FRINGE = "M-54 4q-8 -80 54 -80t54 80q-4 -2 -6 -6q-24 8 -48 8t-48 -8q-2 4 -6 6z";
const CAP = "M-58 -22q-4 -64 58 -64t58 64q26 2 34 14q-46 -10 -92 -10t-58 6z";

const eyes = (x = 0) => [
  s("circle", { class: "a-ink", cx: -18 + x, cy: 2, r: 4.5 }),
  s("circle", { class: "a-ink", cx: 18 + x, cy: 2, r: 4.5 }),
];
const smile = (x = 0) => p("a-thin", `M${-13 + x} 36q13 7 26 0`);
const head = (look = {}) => {
  const { hair = HAIR, x = 0, face = [eyes(x), smile(x)] } = look;
  return [p("a-skin", FACE), hair ? p("a-hair", hair) : null, face];
};
const body = (kind = "sign-top") => [p(kind, BODY), p("a-skin", NECK)];
const person = (x = 120, y = 84, scale = 0.92, look = {}) => at(x, y, scale, body(), head(look));
/** The head alone, larger: for eyes, lips, glasses. */
const portrait = (look) => at(120, 92, 1.36, body(), head(look));

// --- arrows and marks ---------------------------------------------------------------------------------------------
const tip = (x, y, dx, dy, size = 17) => {
  const [nx, ny] = [-dy, dx];
  const [bx, by] = [x - dx * size, y - dy * size];
  return `M${bx + nx * size} ${by + ny * size}L${x} ${y}L${bx - nx * size} ${by - ny * size}`;
};
const arrow = (x, y, dx, dy, length = 44, size = 17) =>
  p("sign-arrow", `M${x - dx * length} ${y - dy * length}L${x} ${y}${tip(x, y, dx, dy, size)}`);
const bow = (d, x, y, dx, dy) => p("sign-arrow", `${d}${tip(x, y, dx, dy, 15)}`);
const D = Math.SQRT1_2;
const CORNERS = [[-D, -D], [D, -D], [-D, D], [D, D]];
const around = (sign) =>
  CORNERS.map(([dx, dy]) => arrow(120 + dx * (sign > 0 ? 116 : 82), 100 + dy * (sign > 0 ? 112 : 78), dx * sign, dy * sign, 30, 13));
const ring = (x, y, rx, ry) => s("ellipse", { class: "sign-ring", cx: x, cy: y, rx, ry });
const cross = (x, y, size) => p("sign-cross", `M${x - size} ${y - size}l${2 * size} ${2 * size}M${x + size} ${y - size}l${-2 * size} ${2 * size}`);
const lamp = (x, y, rays = 1) => [
  s("circle", { class: "sign-lamp", cx: x, cy: y, r: 17 }),
  rays
    ? p("sign-ray", [0, 1, 2, 3, 4, 5, 6, 7].map((n) => {
        const [dx, dy] = [Math.cos((n * Math.PI) / 4), Math.sin((n * Math.PI) / 4)];
        return `M${x + dx * 24} ${y + dy * 24}l${dx * 9} ${dy * 9}`;
      }).join(""))
    : null,
];
/** Somebody of the staff comes: a badge in the corner. */
const staff = () => at(198, 158, 0.5, s("circle", { class: "sign-badge", cx: 0, cy: 0, r: 62 }), p("sign-badge-line", "M-16 6V-22a6 6 0 0 1 12 0V-6M-4 -6V-34a6 6 0 0 1 12 0V-6M8 -6V-28a6 6 0 0 1 12 0V0M20 0v-10a6 6 0 0 1 12 0v18c0 20 -10 30 -26 30c-14 0 -20 -8 -26 -20l-12 -18c-2 -6 6 -10 10 -6l6 10"));

const SIGNS = {
  person: () => person(),
  left: () => [person(152), arrow(14, 96, -1, 0)],
  right: () => [person(88), arrow(226, 96, 1, 0)],
  up: () => [person(96, 96, 0.84), arrow(212, 34, 0, -1, 88)],
  down: () => [person(96, 96, 0.84), arrow(212, 152, 0, 1, 88)],
  closer: () => [person(120, 112, 0.6), around(1)],
  back: () => [person(120, 92, 0.94), around(-1)],
  tilt_left: () => [at(120, 108, 0.82, body(), turned(15, head())), bow("M180 34Q122 8 64 34", 64, 34, -0.9, 0.42)],
  tilt_right: () => [at(120, 108, 0.82, body(), turned(-15, head())), bow("M60 34Q118 8 176 34", 176, 34, 0.9, 0.42)],
  turn_left: () => [at(120, 78, 0.86, body(), head({ x: 15 })), bow("M188 128Q120 172 52 132", 52, 132, -0.88, -0.48)],
  turn_right: () => [at(120, 78, 0.86, body(), head({ x: -15 })), bow("M52 128Q120 172 188 132", 188, 132, 0.88, -0.48)],
  chin_up: () => [person(98, 92, 1.1), bow("M178 166Q212 122 188 74", 188, 74, -0.42, -0.91)],
  chin_down: () => [person(98, 92, 1.1), bow("M178 60Q212 104 188 152", 188, 152, -0.42, 0.91)],
  look: () => [person(120, 104, 0.86), s("rect", { class: "a-ink", x: 88, y: 4, width: 64, height: 26, rx: 9 }), s("circle", { class: "a-white", cx: 120, cy: 17, r: 8 }), arrow(200, 26, 0, -1, 50, 15)],
  alone: () => [person(88, 90, 0.84), at(188, 106, 0.64, body(), head()), cross(188, 104, 34)],
  mask: () => [
    at(82, 92, 1.02, body(), head()),
    at(26, 16, 0.9, p("sign-mask", "M150 96q36 -16 72 0v24q-12 28 -36 28t-36 -28z"), p("sign-strap", "M150 100q-18 -2 -20 14t18 20M222 100q18 -2 20 14t-18 20M166 114h40M166 128h40")),
    arrow(222, 60, 1, 0, 56, 15),
  ],
  glasses: () => [portrait({ face: smile() }), p("sign-lens", "M66 92h44v12q-4 18 -22 18t-22 -18zM130 92h44v12q-4 18 -22 18t-22 -18zM108 96h24"), arrow(224, 40, D, -D, 40, 15)],
  glare: () => [portrait({ face: smile() }), p("sign-rim", "M66 88h44v16q-4 16 -22 16t-22 -16zM130 88h44v16q-4 16 -22 16t-22 -16zM110 94h20"), p("sign-shine", "M76 108l14 -16M86 112l14 -16M142 108l14 -16M152 112l14 -16"), lamp(30, 34)],
  eyes: () => [portrait({ face: [p("sign-eye", "M-32 2q12 -12 26 0q-14 12 -26 0zM6 2q12 -12 26 0q-14 12 -26 0z"), eyes(-1), smile()] }), ring(120, 95, 62, 26)],
  lips: () => [portrait({ face: [eyes(), p("a-thin", "M-14 37h28")] }), ring(120, 142, 34, 18)],
  hair: () => [portrait({ hair: FRINGE }), arrow(26, 40, 0, -1, 60, 14), arrow(214, 40, 0, -1, 60, 14)],
  hat: () => [person(120, 96, 0.9, { hair: CAP }), arrow(214, 22, D, -D, 36, 14)],
  shoulders: () => [at(120, 84, 0.92, s("g", { transform: "rotate(9 0 110)" }, p("sign-top", BODY)), p("a-skin", NECK), head()), arrow(26, 172, 0, 1, 40, 14), arrow(214, 128, 0, -1, 40, 14)],
  still: () => [person(120, 92, 0.86), p("sign-arrow", "M44 24H20v26M196 24h24v26M20 150v26h24M220 150v26h-24")],
  brighter: () => [person(92, 92, 0.84), lamp(194, 54), staff()],
  dimmer: () => [person(92, 92, 0.84), lamp(194, 54, 0), p("sign-cross", "M172 32l44 44"), staff()],
  shine: () => [portrait({}), p("sign-shine", "M100 54l14 -12M106 66l22 -20M136 112l16 -14"), lamp(30, 34)],
  side_light: () => [person(120, 92, 0.84), p("sign-shade", "M120 0h120v200h-120z"), lamp(36, 44), arrow(186, 60, -1, 0, 40, 14)],
  lamp_colour: () => [person(92, 92, 0.84), p("sign-cast", "M0 0h240v200h-240z"), lamp(194, 54), staff()],
  wall: () => [p("sign-stripe", "M18 0v200M54 0v200M90 0v200M126 0v200M162 0v200M198 0v200"), person(92, 92, 0.84), staff()],
  wall_shadow: () => [at(160, 92, 0.86, p("sign-shadow", FACE), p("sign-shadow", BODY)), person(104, 92, 0.86), bow("M40 96Q30 140 60 172", 60, 172, 0.6, 0.8)],
  shirt: () => [at(120, 84, 0.92, p("sign-sky-top", BODY), p("a-skin", NECK), head()), cross(120, 176, 22)],
  red_eye: () => [portrait({ face: [s("circle", { class: "sign-red", cx: -18, cy: 2, r: 6 }), s("circle", { class: "sign-red", cx: 18, cy: 2, r: 6 }), smile()] }), ring(120, 95, 62, 26)],
  staff: () => [person(92, 92, 0.84), staff()],
};

/** Whether there is a picture of that name. */
export const known = (name) => name in SIGNS;

/** The picture of that name as an element; decoration for a screen reader, the sentence stands beside it. */
export function sign(name) {
  return s(
    "svg",
    { class: "sign", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": "true", focusable: "false", "data-sign": name },
    s("rect", { class: "sign-wall", width: WIDTH, height: HEIGHT, rx: 20 }),
    s("svg", { width: WIDTH, height: HEIGHT, viewBox: `0 0 ${WIDTH} ${HEIGHT}` }, (SIGNS[known(name) ? name : "person"])()),
  );
}

/** Every picture, for those who look at them all. */
export const NAMES = Object.keys(SIGNS);

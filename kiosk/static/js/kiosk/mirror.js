// The mirrored live picture with the profile's outline over it. Only what lies around the later photo is shown.

import { h, s } from "./dom.js";
import { Preview } from "./preview.js";

const AROUND = 1.16; // how much of the scene is shown around the later photo, so that one sees where to move
const WHOLE = { x: 0, y: 0, w: 1, h: 1 };

/** A view onto the stream `url`. With a `profile` its outline and crop stand over it, without one the whole frame. */
export class Mirror {
  constructor({ url, profile = null, shape = 3 / 4, coach = () => {}, live = () => {} }) {
    this.profile = profile;
    this.shape = profile ? profile.width / profile.height : shape;
    this.canvas = h("canvas", { class: "mirror-picture", width: 1, height: 1, "aria-hidden": "true" });
    this.overlay = s("svg", { class: "mirror-lines", "aria-hidden": "true", focusable: "false" });
    this.node = h("div", { class: "mirror", "data-live": "0", "data-testid": "preview" }, this.canvas, this.overlay);
    this.node.style.setProperty("--shape", String(this.shape));
    this.preview = new Preview({
      url,
      coach,
      report: this.node,
      draw: (bitmap) => this.#draw(bitmap),
      live: (on) => {
        if (this.node.dataset.live === (on ? "1" : "0")) return;
        this.node.dataset.live = on ? "1" : "0";
        live(on);
      },
    });
    this.preview.start();
  }

  /** How far the person has held still: 0..1, drawn as a ring around the later photo. */
  set held(share) {
    this.ring?.setAttribute("stroke-dashoffset", String(1 - Math.max(0, Math.min(1, share))));
  }

  /** Marks on the live picture what the hint is about (see POINTERS), null nothing; `good`: everything is right. */
  point(name, good = false) {
    this.node.dataset.good = good ? "1" : "0";
    if (name === this.pointed) return;
    this.pointed = name;
    this.#pointer();
  }

  /** Ends the stream and wipes the picture. */
  stop() {
    this.preview.stop();
    this.canvas.width = 1; // setting the size wipes the pixels
    this.canvas.height = 1;
    this.overlay.replaceChildren();
  }

  #draw(bitmap) {
    if (this.frameWidth !== bitmap.width || this.frameHeight !== bitmap.height) this.#arrange(bitmap.width, bitmap.height);
    const { x, y, w, h: height } = this.view;
    const context = this.canvas.getContext("2d", { alpha: false });
    context.setTransform(-1, 0, 0, 1, this.canvas.width, 0);
    context.drawImage(bitmap, x, y, w, height, 0, 0, this.canvas.width, this.canvas.height);
  }

  // Which part of the frame is shown (px of the frame) and the lines over it.
  #arrange(width, height) {
    this.frameWidth = width;
    this.frameHeight = height;
    const crop = this.profile?.preview_crop ?? WHOLE;
    const cut = { x: crop.x * width, y: crop.y * height, w: crop.w * width, h: crop.h * height };
    const most = this.profile ? AROUND : 1;
    let tall = Math.min(height, cut.h * most);
    let wide = tall * this.shape;
    if (wide > width) [wide, tall] = [width, width / this.shape];
    const within = (at, size, limit) => Math.max(0, Math.min(limit - size, at));
    this.view = {
      x: within(cut.x + cut.w / 2 - wide / 2, wide, width),
      y: within(cut.y + cut.h / 2 - tall / 2, tall, height),
      w: wide,
      h: tall,
    };
    this.canvas.width = Math.round(wide);
    this.canvas.height = Math.round(tall);
    this.#lines(cut);
  }

  #lines(cut) {
    const { view, profile, overlay } = this;
    overlay.setAttribute("viewBox", `0 0 ${view.w} ${view.h}`);
    overlay.replaceChildren();
    if (!profile) return;
    const left = view.w - (cut.x - view.x) - cut.w; // mirrored
    const top = cut.y - view.y;
    const scale = cut.h / profile.height;
    const { crown_y: crown, chin_y: chin, eyes_y: eyes, face_width: face, center_x: middle } = profile.outline;
    const px = (x) => left + cut.w - x * scale; // px of the deliverable → px of the mirrored view
    const py = (y) => top + y * scale;
    const inset = Math.min(cut.w, cut.h) * 0.012;
    const frame = { x: left + inset, y: top + inset, width: cut.w - 2 * inset, height: cut.h - 2 * inset, rx: inset * 2 };
    const half = face / 2;
    const neck = half * 0.62;
    const path = [
      `M${px(middle - half)} ${py(eyes)}`,
      `C${px(middle - half * 1.06)} ${py(crown + (eyes - crown) * 0.2)} ${px(middle - half * 0.7)} ${py(crown)} ${px(middle)} ${py(crown)}`,
      `C${px(middle + half * 0.7)} ${py(crown)} ${px(middle + half * 1.06)} ${py(crown + (eyes - crown) * 0.2)} ${px(middle + half)} ${py(eyes)}`,
      `C${px(middle + half)} ${py(eyes + (chin - eyes) * 0.62)} ${px(middle + half * 0.5)} ${py(chin)} ${px(middle)} ${py(chin)}`,
      `C${px(middle - half * 0.5)} ${py(chin)} ${px(middle - half)} ${py(eyes + (chin - eyes) * 0.62)} ${px(middle - half)} ${py(eyes)}Z`,
    ].join("");
    const low = profile.height - 6;
    const collar = chin + (profile.height - chin) * 0.3;
    const shoulder = (side) =>
      `M${px(middle + side * neck)} ${py(chin - (chin - eyes) * 0.1)}` +
      `C${px(middle + side * neck)} ${py(collar)} ${px(middle + side * half * 1.3)} ${py(collar)} ${px(middle + side * half * 1.62)} ${py(low - (low - collar) * 0.45)}` +
      `C${px(middle + side * half * 1.8)} ${py(low - (low - collar) * 0.3)} ${px(middle + side * half * 1.85)} ${py(low)} ${px(middle + side * half * 1.85)} ${py(low)}`;
    const crownY = py(crown);
    const eyesY = py(eyes);
    const chinY = py(chin);
    this.head = {
      x: px(middle), crown: crownY, eyes: eyesY, chin: chinY, half: half * scale,
      unit: (chinY - crownY) / 10, frame, shoulders: py(collar + (low - collar) * 0.5),
    }; // prettier-ignore
    this.marks = s("g", { class: "mirror-pointer" });
    this.ring = s("rect", {
      class: "mirror-ring",
      ...frame,
      "stroke-width": inset * 1.5,
      pathLength: 1,
      "stroke-dasharray": "1 1",
      "stroke-dashoffset": 1,
    });
    overlay.append(
      s("path", {
        class: "mirror-shade",
        "fill-rule": "evenodd",
        d: `M0 0H${view.w}V${view.h}H0ZM${left} ${top}h${cut.w}v${cut.h}h${-cut.w}Z`,
      }),
      s("rect", { class: "mirror-frame", ...frame }),
      s("path", { class: "mirror-outline", d: path }),
      s("path", { class: "mirror-outline", d: shoulder(1) + shoulder(-1) }),
      s("path", { class: "mirror-eyes", d: `M${px(middle - half * 1.25)} ${py(eyes)}H${px(middle - half * 1.02)}M${px(middle + half * 1.25)} ${py(eyes)}H${px(middle + half * 1.02)}` }),
      this.ring,
      this.marks,
    );
    this.#pointer();
  }

  #pointer() {
    if (!this.marks) return;
    const draw = POINTERS[this.pointed];
    const marks = draw ? [draw(this.head)].flat() : [];
    // made anew, so that a new mark comes in softly and an old one is simply gone
    const group = s("g", { class: "mirror-pointer", "data-point": draw ? this.pointed : "" }, marks);
    this.marks.replaceWith(group);
    this.marks = group;
  }
}

const mark = (d) => s("path", { d });
/** An arrow of `length` that ends at x, y and points along dx, dy. */
const arrow = (x, y, dx, dy, length, tip) => {
  const [bx, by] = [x - dx * tip, y - dy * tip];
  return mark(`M${x - dx * length} ${y - dy * length}L${x} ${y}M${bx - dy * tip} ${by + dx * tip}L${x} ${y}L${bx + dy * tip} ${by - dx * tip}`);
};
/** A bow from a over b to c with its tip along dx, dy. */
const bow = ([ax, ay], [bx, by], [cx, cy], dx, dy, tip) => {
  const [x, y] = [cx - dx * tip, cy - dy * tip];
  return mark(`M${ax} ${ay}Q${bx} ${by} ${cx} ${cy}M${x - dy * tip} ${y + dx * tip}L${cx} ${cy}L${x + dy * tip} ${y - dx * tip}`);
};
const oval = (cx, cy, rx, ry) => s("ellipse", { cx, cy, rx, ry });
const sideways = (way) => ({ x, eyes, half, unit }) => arrow(x + way * (half + 3.6 * unit), eyes, way, 0, 2.6 * unit, 0.75 * unit);
const upright = (way) => ({ x, eyes, half, unit }) =>
  [-1, 1].map((side) => arrow(x + side * (half + 1.7 * unit), eyes + way * 1.7 * unit, 0, way, 3.2 * unit, 0.75 * unit));
const corners = (way) => ({ x, crown, chin, half, unit }) =>
  [[-1, -1], [1, -1], [-1, 1], [1, 1]].map(([h, v]) => {
    const [dx, dy] = [h * Math.SQRT1_2, v * Math.SQRT1_2];
    const out = way > 0 ? 2.2 * unit : 0.7 * unit;
    const y = v < 0 ? crown + 0.9 * unit : chin - 0.9 * unit;
    return arrow(x + h * half * 0.86 + dx * out, y + dy * out, way * dx, way * dy, 1.7 * unit, 0.55 * unit);
  });
const tilting = (way) => ({ x, crown, half, unit }) =>
  bow([x - way * half, crown + 0.1 * unit], [x, crown - 1.9 * unit], [x + way * half, crown + 0.1 * unit], way * 0.8, 0.6, 0.7 * unit);
const turning = (way) => ({ x, chin, half, unit }) =>
  bow([x - way * half, chin + 0.2 * unit], [x, chin + 2.2 * unit], [x + way * half, chin + 0.2 * unit], way * 0.8, -0.6, 0.7 * unit);
const nodding = (way) => ({ x, eyes, half, unit }) => {
  const at = x + half + 1.1 * unit;
  return bow([at, eyes + (1.8 - way * 1.6) * unit], [at + 1.3 * unit, eyes + 1.8 * unit], [at, eyes + (1.8 + way * 1.6) * unit], -0.4, way * 0.9, 0.7 * unit);
};

//: What can be marked on the live picture, drawn around the place where the head belongs.
const POINTERS = {
  left: sideways(-1),
  right: sideways(1),
  up: upright(-1),
  down: upright(1),
  closer: corners(1),
  back: corners(-1),
  tilt_left: tilting(-1),
  tilt_right: tilting(1),
  turn_left: turning(-1),
  turn_right: turning(1),
  chin_up: nodding(-1),
  chin_down: nodding(1),
  eyes: ({ x, eyes, half, unit }) => oval(x, eyes, half * 0.92, 1.05 * unit),
  mouth: ({ x, eyes, chin, half, unit }) => oval(x, eyes + (chin - eyes) * 0.62, half * 0.62, 1.1 * unit),
  face: ({ x, crown, chin, half, unit }) => oval(x, (crown + chin) / 2 + 0.8 * unit, half * 0.98, (chin - crown) / 2 - 0.9 * unit),
  shoulders: ({ x, chin, half, shoulders }) =>
    [-1, 1].map((side) => mark(`M${x + side * half * 0.62} ${chin + (shoulders - chin) * 0.45}Q${x + side * half * 1.2} ${chin + (shoulders - chin) * 0.6} ${x + side * half * 1.7} ${shoulders}`)),
  wall: ({ frame: { x, y, width, height, rx }, unit }) => s("rect", { x: x + unit / 2, y: y + unit / 2, width: width - unit, height: height - unit, rx }),
};

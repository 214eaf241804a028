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
    );
  }
}

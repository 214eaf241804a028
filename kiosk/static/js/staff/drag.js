/*
 * Dragging with mouse, pen or finger: a grip starts it, a ghost follows, the target under the pointer is marked, Escape
 * gives up. What is dragged is the item, or everything chosen where the item is one of it.
 */

import { h } from "./dom.js";

const FROM = 6; // pixels that make a press a drag
const EDGE = 72; // pixels from the window's edge where the page scrolls

export class Drag {
  /** `item`, `grip`, `target` are selectors; `chosen()` the set of ids, `drop(ids, targetElement)`, `word(count)`. */
  constructor(root, options) {
    Object.assign(this, options);
    this.root = root;
    this.busy = false;
    root.addEventListener("pointerdown", (event) => this.begin(event));
  }

  /** The page was drawn anew. */
  refresh() {
    this.over = null;
  }

  begin(event) {
    const grip = event.target.closest(this.grip);
    const item = grip?.closest(this.item);
    if (!item || event.button > 0) return;
    event.preventDefault();
    const id = Number(item.dataset.student);
    const set = this.chosen();
    this.ids = set.has(id) ? [...set] : [id];
    this.start = [event.clientX, event.clientY];
    const stop = new AbortController();
    this.stop = stop;
    const on = (name, run) => addEventListener(name, run, { signal: stop.signal });
    on("pointermove", (move) => this.move(move));
    on("pointerup", (up) => this.end(up));
    on("pointercancel", () => this.cancel());
    on("keydown", (key) => key.key === "Escape" && this.cancel());
  }

  move(event) {
    if (!this.busy) {
      if (Math.hypot(event.clientX - this.start[0], event.clientY - this.start[1]) < FROM) return;
      this.busy = true;
      this.ghost = h("div", { class: "drag-ghost", "aria-hidden": "true" }, this.word(this.ids.length));
      document.body.append(this.ghost);
      document.body.classList.add("dragging");
    }
    this.ghost.style.transform = `translate(${event.clientX + 12}px, ${event.clientY + 12}px)`;
    const target = document.elementFromPoint(event.clientX, event.clientY)?.closest(this.target) ?? null;
    if (target !== this.over) {
      this.over?.classList.remove("over-drop");
      target?.classList.add("over-drop");
      this.over = target;
    }
    if (event.clientY < EDGE) scrollBy(0, -12);
    else if (event.clientY > innerHeight - EDGE) scrollBy(0, 12);
  }

  end() {
    const [target, ids, dragged] = [this.over, this.ids, this.busy];
    this.cancel();
    if (dragged && target) this.drop(ids, target);
  }

  cancel() {
    this.stop?.abort();
    this.ghost?.remove();
    this.over?.classList.remove("over-drop");
    document.body.classList.remove("dragging");
    this.ghost = this.over = null;
    this.busy = false;
  }
}

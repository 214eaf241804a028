// The one arrangement of all screens: words at the top, one large picture, what there is to read, the buttons below.

import { h } from "../dom.js";

/**
 * A screen. `title` is the one sentence, `lead` what goes with it; `art`, `content`, `actions` are nodes or lists;
 * `kind` is a class that changes the proportions (`roomy`: the content matters more than the picture).
 */
export function layout({ title, lead = null, art = null, content = null, actions = [], kind = "" }) {
  const list = [actions].flat().filter(Boolean);
  return h(
    "section",
    { class: `screen ${kind}` },
    h(
      "div",
      { class: "words" },
      h("h1", { class: "title", tabindex: "-1" }, title),
      [lead].flat().filter(Boolean).map((sentence) => h("p", { class: "lead" }, sentence)),
    ),
    art ? h("div", { class: "picture" }, art) : null,
    content ? h("div", { class: "content" }, content) : null,
    list.length ? h("div", { class: list.length > 1 ? "actions actions-two" : "actions" }, list) : null,
  );
}

const AGAIN_SECONDS = 5;

/**
 * Counts `seconds` down and calls `done`, again and again until the screen goes: a decision that was refused once
 * must not leave the kiosk where it is. Any touch begins anew. Returns {node, stop}.
 */
export function countdown(seconds, words, done) {
  const node = h("p", { class: "countdown", "aria-hidden": "true" });
  let left = seconds;
  const show = () => {
    node.textContent = words(Math.max(0, left));
  };
  const again = () => {
    left = seconds;
    show();
  };
  const timer = setInterval(() => {
    left -= 1;
    show();
    if (left <= 0 && left % AGAIN_SECONDS === 0) done();
  }, 1000);
  document.addEventListener("pointerdown", again);
  document.addEventListener("keydown", again);
  const stop = () => {
    clearInterval(timer);
    document.removeEventListener("pointerdown", again);
    document.removeEventListener("keydown", again);
  };
  show();
  return { node, stop };
}

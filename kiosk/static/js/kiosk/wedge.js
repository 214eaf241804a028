// Keyboard-wedge scanners type into the page that has the focus. What comes faster than a person types and ends with
// Enter is a scan; everything else is left to whoever types. Nothing of a scan reaches a button: its Enter presses
// none.

const GAP_MS = 50; // between two keys of a scanner, at most
const SHORTEST = 8; // characters; a campus card's number has 8 to 20, codes are longer
const LONGEST = 2953; // the longest QR
const BURST = 3; // so many keys so fast are no person's
const AGAIN_MS = 1000; // the same scan within this time is a stutter; whoever tries again needs longer

export class Wedge {
  /** `scanned(text)` is called once for each scan. */
  constructor(scanned) {
    this.scanned = scanned;
    this.typed = "";
    this.at = -Infinity;
    this.last = { text: "", at: -Infinity };
  }

  /** Begins to listen to the page's keys, before anything else on the page does. */
  listen(target = document) {
    target.addEventListener("keydown", (event) => this.#key(event), { capture: true });
  }

  #key(event) {
    const { key, timeStamp } = event;
    if (key === "Shift" || key === "CapsLock") return; // capital letters come with them
    const fast = timeStamp - this.at <= GAP_MS;
    this.at = timeStamp;
    if (!fast) this.typed = "";
    if (event.repeat || event.isComposing || event.ctrlKey || event.altKey || event.metaKey || writes(event.target)) {
      this.typed = "";
    } else if (key === "Enter") {
      this.#end(event);
    } else if (key.length === 1) {
      this.typed += key;
      if (this.typed.length >= BURST) swallow(event); // a space in a code must not press a button either
    } else {
      this.typed = "";
    }
  }

  #end(event) {
    const text = this.typed;
    this.typed = "";
    if (text.length < BURST) return; // a person's Enter
    swallow(event);
    if (text.length < SHORTEST || text.length > LONGEST) return;
    const again = text === this.last.text && event.timeStamp - this.last.at < AGAIN_MS;
    this.last = { text, at: event.timeStamp };
    if (!again) this.scanned(text);
  }
}

const writes = (target) => target instanceof Element && target.closest("input, textarea, select, [contenteditable]") !== null;

function swallow(event) {
  event.preventDefault();
  event.stopPropagation();
}

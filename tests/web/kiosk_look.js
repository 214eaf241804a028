// Looks at the page as a person would and lists what is wrong: scrolling, clipped or overlapping things, small targets
// and small text. Evaluated in the page; answers a list of sentences.
() => {
  const wrong = [];
  const name = (element) => {
    const words = (element.textContent ?? "").trim().slice(0, 24);
    return `${element.tagName.toLowerCase()}.${element.getAttribute("class") ?? ""} "${words}"`;
  };
  const shown = (element) => {
    if (element.closest(".unseen, noscript, .demo, [hidden]")) return false;
    const box = element.getBoundingClientRect();
    return box.width > 0 && box.height > 0 && getComputedStyle(element).visibility !== "hidden";
  };
  const root = document.documentElement;
  const width = window.innerWidth;
  const height = window.innerHeight;
  if (!document.body.matches(".phone") && root.scrollHeight > height + 1) wrong.push(`page scrolls: ${root.scrollHeight} > ${height}`);
  if (root.scrollWidth > width + 1) wrong.push(`page scrolls sideways: ${root.scrollWidth} > ${width}`);

  const dialog = document.querySelector("dialog[open]");
  const all = [...(dialog ?? document.body).querySelectorAll("*")].filter(shown);
  const small = document.body.matches(".kiosk") ? 24 : document.body.matches(".board") ? 28 : 14;
  const target = document.body.matches(".kiosk") ? 56 : 44;
  for (const element of all) {
    const svg = element.ownerSVGElement;
    if (svg) continue;
    const box = element.getBoundingClientRect();
    const free = document.body.matches(".phone") ? Infinity : height;
    if (box.left < -1 || box.top < -1 || box.right > width + 1 || box.bottom > free + 1) wrong.push(`outside the page: ${name(element)}`);
    if (element.matches("button") && (box.height < target || box.width < target)) {
      wrong.push(`target ${Math.round(box.width)}×${Math.round(box.height)}: ${name(element)}`);
    }
    const style = getComputedStyle(element);
    if (element.scrollHeight > element.clientHeight + 2 && element.clientHeight && style.overflowY !== "visible") {
      wrong.push(`clipped: ${name(element)} ${element.scrollHeight} > ${element.clientHeight}`);
    }
    if (element.scrollWidth > element.clientWidth + 2 && element.clientWidth && style.display !== "inline") {
      wrong.push(`too wide: ${name(element)} ${element.scrollWidth} > ${element.clientWidth}`);
    }
    const texts = [...element.childNodes].filter((node) => node.nodeType === 3 && node.data.trim());
    if (texts.length && parseFloat(style.fontSize) < small) wrong.push(`text of ${style.fontSize}: ${name(element)}`);
    // A line of text must lie within the part of the screen that holds it.
    const holder = element.closest(".button, .words, .content, .picture, .hint, .chip, .strip, li, .tools, .top");
    for (const text of texts) {
      const range = document.createRange();
      range.selectNodeContents(text);
      const line = range.getBoundingClientRect();
      const around = holder?.getBoundingClientRect();
      const ink = parseFloat(style.fontSize) * 0.35; // a CJK font's box is taller than its line
      if (around && (line.top < around.top - ink || line.bottom > around.bottom + ink || line.left < around.left - 2 || line.right > around.right + 2)) {
        wrong.push(`text leaves ${holder.className}: ${name(element)}`);
      }
    }
  }
  // The parts of a screen never lie on each other.
  const parts = dialog ? [] : [...document.querySelectorAll(".screen > *, .top, .tools")].filter(shown);
  parts.forEach((one, index) => {
    const a = one.getBoundingClientRect();
    for (const other of parts.slice(index + 1)) {
      const b = other.getBoundingClientRect();
      if (a.left < b.right - 2 && b.left < a.right - 2 && a.top < b.bottom - 2 && b.top < a.bottom - 2) {
        wrong.push(`${one.className} lies on ${other.className}`);
      }
    }
  });
  // What is in a part must fit into it.
  for (const part of document.querySelectorAll(".screen > .content, .screen > .picture, .screen > .words")) {
    if (dialog || !shown(part)) continue;
    const around = part.getBoundingClientRect();
    for (const child of part.children) {
      if (!shown(child)) continue;
      const box = child.getBoundingClientRect();
      if (box.bottom > around.bottom + 3 || box.top < around.top - 3) wrong.push(`${name(child)} overflows ${part.className}`);
    }
  }
  return wrong;
}

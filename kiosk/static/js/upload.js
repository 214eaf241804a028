/*
 * A student's own photo: shows the picture before it is sent, says at once when it is too large, and waits for the judge.
 * Hooks: [data-testid=file|send|state|reason|refusal].
 */

const { state, poll, limitMb } = document.body.dataset;
const form = document.getElementById("send");

if (form) {
  const input = form.querySelector("#file");
  const preview = form.querySelector("#preview");
  const large = form.querySelector("#large");
  const send = form.querySelector("button");
  let shown = "";
  form.classList.add("scripted"); // the picture itself is shown: the browser's own words about the file can go
  input.addEventListener("change", () => {
    const file = input.files[0];
    const tooLarge = Boolean(file) && file.size > Number(limitMb) * 1024 * 1024;
    large.hidden = !tooLarge;
    send.disabled = tooLarge;
    if (shown) URL.revokeObjectURL(shown);
    shown = file && !tooLarge ? URL.createObjectURL(file) : "";
    preview.hidden = !shown;
    if (shown) preview.src = shown;
  });
  form.addEventListener("submit", () => {
    send.disabled = true;
  });
  addEventListener("pageshow", () => (send.disabled = false)); // back from the next page
}

async function wait() {
  for (;;) {
    await new Promise((resume) => setTimeout(resume, 1000));
    try {
      const answer = await fetch(poll, { cache: "no-store", headers: { Accept: "application/json" } });
      if (answer.ok && (await answer.json()).state !== "judging") break;
    } catch {
      /* the network is gone for a moment: asked again */
    }
  }
  location.reload();
}

if (state === "judging") wait();

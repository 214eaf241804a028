/*
 * The receipt's page: checks the code's signature, which stands behind the # and never reaches the server, and lets
 * the phone keep what it needs to do so again without a network.
 */

import { read } from "./seal.js";

const RETRY_MS = 5000;

const { publicKey, noble } = document.body.dataset;
const place = document.getElementById("seal");
const show = (when) => place.querySelectorAll(`[data-when="${when}"]`).forEach((element) => (element.hidden = false));

async function check() {
  const text = location.hash.slice(1);
  for (const element of place.querySelectorAll("[data-when], [data-result]")) element.hidden = true;
  place.hidden = !text && !("offline" in document.body.dataset);
  if (place.hidden) return;
  let said;
  try {
    said = await read(text, publicKey, noble);
  } catch {
    show("unable");
    return;
  }
  if (!said) {
    show("bad");
    return;
  }
  const day = new Intl.DateTimeFormat("en-CA", { timeZone: "Asia/Shanghai" }).format(new Date()); // 2027-01-15
  const until = said.until.toISOString().slice(0, 10);
  show(day > until ? "expired" : "good");
  show("read");
  const fact = (name, value) => {
    const element = place.querySelector(`[data-fact="${name}"]`);
    element.textContent = value || element.dataset.none;
  };
  fact("number", said.number && String(said.number).padStart(3, "0"));
  fact("until", until);
  fact("sha256", said.sha256);
  const result = place.querySelector(`[data-result="${said.result}"]`);
  if (result) result.hidden = false;
}

addEventListener("hashchange", check);
if ("offline" in document.body.dataset) {
  // The word "online" may come before the network does, and to the page before the service worker: only an answer counts,
  // and the page is then loaded past the worker, which it registers again.
  const again = async () => {
    await fetch(location.pathname, { method: "HEAD", cache: "no-store" });
    await (await navigator.serviceWorker.getRegistration())?.unregister();
    location.reload();
  };
  const quietly = () => again().catch(() => {}); // still no network: asked again
  addEventListener("online", quietly);
  setInterval(quietly, RETRY_MS);
}
check();
if ("serviceWorker" in navigator) navigator.serviceWorker.register("/r/worker.js", { scope: "/r/" }).catch(() => {}); // a private window keeps nothing

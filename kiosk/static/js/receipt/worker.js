/*
 * Service worker of the receipts: keeps one page without anybody's data, its style and its scripts, and shows it where
 * a receipt can't be loaded. A receipt itself is never kept.
 */

const STORE = "receipt-1";
const SHELL = "/r/offline";

/* The page and everything it names, so that no version is known here. */
async function keep() {
  const store = await caches.open(STORE);
  const page = await fetch(SHELL, { cache: "no-cache" });
  if (!page.ok) return;
  const text = await page.clone().text();
  const named = [...text.matchAll(/(?:href|src|data-noble)="(\/(?:static|vendor)\/[^"]+)"/g)].map((found) => found[1].replaceAll("&amp;", "&"));
  await store.addAll([...new Set([...named, "/static/js/receipt/seal.js"])]);
  await store.put(SHELL, page);
}

addEventListener("install", (event) => event.waitUntil(keep().then(() => skipWaiting())));
addEventListener("activate", (event) => event.waitUntil(clients.claim()));

addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  if (event.request.method !== "GET" || address.origin !== location.origin) return;
  if (event.request.mode === "navigate") {
    event.respondWith(
      fetch(event.request)
        .then((answer) => {
          if (answer.ok) event.waitUntil(keep().catch(() => {})); // today's key and scripts for the next time
          return answer;
        })
        .catch(async () => (await caches.match(SHELL)) ?? Response.error()),
    );
  } else if (/^\/(static|vendor)\//.test(address.pathname)) {
    event.respondWith(fetch(event.request).catch(async () => (await caches.match(event.request)) ?? Response.error()));
  }
});

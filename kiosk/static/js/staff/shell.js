/* What every staff page does first: read the texts, switch the language, keep the session, show a failure. */

import { read, Refused, Unreachable, write } from "./api.js";
import { empty, button, fill, skeleton } from "./dom.js";
import { whenOpen } from "./gate.js";
import { stayAwake } from "./live.js";
import { guard } from "./lock.js";
import { sayError } from "./notices.js";
import { readTexts, t } from "./texts.js";

let banner;

let keepFirst = async () => true;

/** What a page with half-written fields does before it is shown in another language; false keeps it as it is. */
export const beforeLanguage = (keep) => (keepFirst = keep);

/** Store the language with the account and show the page anew. */
export async function switchLanguage(language) {
  if (!(await keepFirst())) return;
  try {
    await write("/staff/api/account", { language });
    location.reload();
  } catch (error) {
    sayError(error);
  }
}

/** Run `page` once the texts are there. */
export async function boot(page) {
  await readTexts();
  banner = document.getElementById("lost"); // kept: the lock takes the page out of the document
  guard();
  await whenOpen();
  const other = document.getElementById("language");
  other?.addEventListener("click", () => switchLanguage(other.dataset.other));
  document.querySelector('.tabs [aria-current="page"]')?.scrollIntoView({ block: "nearest", inline: "center" });
  stayAwake();
  await page();
}

/** Read `path` into `holder` by `draw(data)`: grey lines first, and a way to try again when nothing comes. */
export async function show(holder, path, draw) {
  if (!holder.firstElementChild) fill(holder, skeleton());
  holder.setAttribute("aria-busy", "true");
  try {
    await draw(await read(path));
  } catch (error) {
    if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
    const refused = error instanceof Refused;
    const again = button(t("staff.retry"), { icon: "refresh", press: () => show(holder, path, draw) });
    const note = empty(
      refused ? "alert" : "broken",
      refused ? error.staff : t("staff.lost.title"),
      refused ? error.next : t("staff.lost.sentence"),
    );
    note.append(again);
    fill(holder, note);
  } finally {
    holder.removeAttribute("aria-busy");
  }
}

/** The banner under the bar while the server does not answer; buttons say so through `body.offline`. */
export function showConnection(connected) {
  document.body.classList.toggle("offline", !connected);
  banner.hidden = connected;
  if (!connected) {
    fill(banner, t("staff.lost.title"), " · ", t("staff.lost.sentence"));
  }
}

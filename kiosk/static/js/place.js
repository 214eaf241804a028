// The own place in the queue on the phone: re-read every few seconds, and said once when it is one's turn.

const CALM_MS = 10000;
const SOON_MS = 4000;

const byId = (id) => document.getElementById(id);
const { nonce, texts: textsAt } = document.body.dataset;
let texts = {};
let timer = 0;

const t = (key, values = {}) =>
  (texts[`place.${key}`] ?? key).replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));

const say = (element, words) => {
  if (element.textContent !== words) element.textContent = words;
};

function draw(told) {
  const waits = told.step === "waiting" || told.step === "outside";
  const ticket = byId("ticket");
  if (told.step === "called" && ticket.dataset.step !== "called") navigator.vibrate?.([200, 100, 200]);
  ticket.dataset.step = told.step;
  ticket.removeAttribute("aria-busy");
  say(byId("number"), String(told.number).padStart(3, "0"));
  say(byId("step"), t(`step.${told.step}`, { seat: told.seat ?? "" }));
  byId("facts").hidden = !waits;
  say(byId("ahead"), told.ahead > 0 ? t("ahead", { ahead: told.ahead }) : t("first"));
  const minutes = told.wait_minutes > 0 ? t("minutes", { minutes: told.wait_minutes }) : t("soon");
  say(byId("wait"), told.come_back_at ? t("come_back", { time: told.come_back_at }) : minutes);
  say(byId("as-of"), t("as_of", { time: new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false }) }));
}

async function refresh() {
  clearTimeout(timer);
  let next = CALM_MS;
  try {
    const answer = await fetch(`/q/${nonce}/snapshot`, { cache: "no-store", signal: AbortSignal.timeout(8000) });
    if (answer.status === 404) {
      location.reload(); // another day: the page says so
      return;
    }
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    const told = await answer.json();
    byId("lost").hidden = true;
    draw(told);
    if (told.step === "called" || (told.step === "waiting" && told.ahead < 3)) next = SOON_MS;
  } catch {
    byId("lost").hidden = false;
    next = SOON_MS;
  }
  timer = setTimeout(refresh, next);
}

async function start() {
  try {
    texts = await (await fetch(textsAt)).json();
  } catch {
    byId("lost").hidden = false;
  }
  document.addEventListener("visibilitychange", () => document.hidden || refresh());
  refresh();
}

start();

// Keeps the public board to /board/api/snapshot: numbers called with their seat, numbers next. A new call is chimed
// and spoken once: what was said is remembered beyond a reload, and what is older than a minute is not said at all.

const POLL_MS = 10000;
const POLL_WITHOUT_HINTS_MS = 2000;
const FRESH_MS = 4000;
const ANEW_MS = 15000; // no answer is overtaken by so much: a lower version then means other records
const SAY_WITHIN_MS = 60000;
const HEARD = "board.heard";
const SOUND = "board.sound";
const MOST_CALLED = 3;
const MOST_NEXT = 6;

const byId = (id) => document.getElementById(id);
const body = document.body;
const figure = (number) => String(number).padStart(3, "0");

let texts = {};
let heard = remembered(); // calls that were announced: "number seat since"; null where nothing was ever shown
let drawn = "";
let sayAt = 0; // when the next announcement may begin, so that none is cut
let last = { version: -1, now: "" };
let hinted = false;
let sound = null; // AudioContext once somebody has switched the sound on: browsers want a press first

const t = (key, values = {}) =>
  (texts[`board.${key}`] ?? key).replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));

function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function remembered() {
  try {
    const kept = JSON.parse(localStorage.getItem(HEARD));
    return Array.isArray(kept) ? new Set(kept) : null;
  } catch {
    return null;
  }
}

function remember(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Without a store a reload says nothing again, because the first reading is silent.
  }
}

/** Calls that nobody has heard yet; from now on they count as heard. */
function freshOf(snapshot) {
  const names = snapshot.called.map(({ number, seat, since }) => `${number} ${seat} ${since}`);
  const now = Date.parse(snapshot.now);
  // whoever sits there already is not called any more, whatever began for them since
  const recent = ({ since, arrived }) => !arrived && now - Date.parse(since) < SAY_WITHIN_MS;
  const fresh = heard === null ? [] : snapshot.called.filter((call, index) => !heard.has(names[index]) && recent(call));
  heard = new Set(names);
  remember(HEARD, JSON.stringify(names));
  return fresh;
}

const named = (name) => (name ? [element("em", {}, name)] : []);

function draw(snapshot) {
  const fresh = freshOf(snapshot);
  const shown = JSON.stringify([snapshot.called, snapshot.next, snapshot.waiting, snapshot.session_open, fresh.length]);
  if (shown === drawn) return;
  drawn = shown;
  const called = snapshot.called.slice(0, MOST_CALLED);
  byId("called").dataset.count = called.length;
  byId("called").replaceChildren(
    ...called.map((call) =>
      element(
        "li",
        { class: fresh.includes(call) ? "board-call fresh" : "board-call" },
        element("strong", {}, figure(call.number)),
        ...named(call.name),
        element("span", {}, t("seat", { seat: call.seat })),
      ),
    ),
  );
  byId("called-empty").hidden = called.length > 0;
  byId("called-empty").textContent = t(snapshot.session_open ? "nobody_called" : "closed");
  const next = snapshot.next.slice(0, MOST_NEXT);
  byId("next").replaceChildren(...next.map(({ number, name }) => element("li", {}, figure(number), ...named(name))));
  byId("next-empty").hidden = next.length > 0;
  byId("waiting").textContent = snapshot.waiting;
  for (const call of fresh) {
    const begin = Math.max(Date.now(), sayAt);
    sayAt = begin + FRESH_MS;
    setTimeout(() => announce(call), begin - Date.now());
  }
}

function announce({ number, seat }) {
  if (!sound) return;
  chime();
  if (!("speechSynthesis" in window)) return;
  const speech = new SpeechSynthesisUtterance(t("say", { number, seat }));
  speech.lang = body.dataset.language === "en" ? "en-US" : "zh-CN";
  window.speechSynthesis.speak(speech);
}

// Two soft notes, made here so that no sound file is needed.
function chime() {
  [880, 660].forEach((pitch, index) => {
    const at = sound.currentTime + index * 0.32;
    const note = sound.createOscillator();
    const volume = sound.createGain();
    note.frequency.value = pitch;
    volume.gain.setValueAtTime(0.25, at);
    volume.gain.exponentialRampToValueAtTime(0.001, at + 0.6);
    note.connect(volume).connect(sound.destination);
    note.start(at);
    note.stop(at + 0.6);
  });
}

async function refresh() {
  try {
    const answer = await fetch("/board/api/snapshot", { cache: "no-store", signal: AbortSignal.timeout(8000) });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    const snapshot = await answer.json();
    byId("offline").hidden = true;
    const later = Date.parse(snapshot.now) - Date.parse(last.now); // not a number at the first reading
    if (later < ANEW_MS && (snapshot.version < last.version || (snapshot.version === last.version && later < 0))) return;
    last = snapshot;
    draw(snapshot);
  } catch {
    byId("offline").hidden = false;
  }
}

function tick() {
  const now = new Date();
  const words = [now.getHours(), now.getMinutes()].map((part) => String(part).padStart(2, "0")).join(":");
  if (byId("clock").textContent !== words) byId("clock").textContent = words;
}

async function listen() {
  try {
    const { io } = await import(body.dataset.socket);
    const socket = io("/pages", { auth: { room: "board" }, reconnectionDelayMax: 3000 });
    socket.on("connect", () => {
      hinted = true;
      refresh();
    });
    socket.on("disconnect", () => {
      hinted = false;
    });
    socket.on("changed", () => refresh());
  } catch {
    // Without hints the board asks more often.
  }
}

function showSound() {
  byId("sound").setAttribute("aria-pressed", String(Boolean(sound)));
  byId("sound").textContent = t(sound ? "sound_on" : "sound");
  remember(SOUND, sound ? "on" : "off");
}

byId("sound").addEventListener("click", () => {
  if (sound) {
    sound.close();
    sound = null;
  } else {
    sound = new AudioContext();
    chime();
  }
  showSound();
});

/** The sound stays on over a reload where the browser allows it without a press. */
function soundAgain() {
  try {
    if (localStorage.getItem(SOUND) !== "on") return;
  } catch {
    return;
  }
  const again = new AudioContext();
  if (again.state !== "running") {
    again.close();
    return;
  }
  sound = again;
  showSound();
}

async function start() {
  try {
    texts = await (await fetch(body.dataset.texts)).json();
  } catch {
    byId("offline").hidden = false;
  }
  soundAgain();
  tick();
  setInterval(tick, 1000);
  await refresh();
  listen();
  let since = performance.now();
  setInterval(() => {
    if (performance.now() - since < (hinted ? POLL_MS : POLL_WITHOUT_HINTS_MS)) return;
    since = performance.now();
    refresh();
  }, 500);
}

start();

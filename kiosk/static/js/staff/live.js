/*
 * Keeps a snapshot fresh: the socket hints, HTTP tells the truth, and the page says when neither answers. A day's list is long:
 * the page says which it has (`cursor`) and is sent the rows that changed since.
 */

import { read, Refused, Unreachable, write } from "./api.js";
import { isLocked } from "./gate.js";

const RETRY_MS = [500, 1000, 2000, 4000];
const CALM_MS = 20000; // re-read without a hint
const ALONE_MS = 4000; // the same while the socket is down
const ANEW_MS = 15000; // no answer is overtaken by so much: a lower version then means another database
const AWAKE_MS = 15000; // a touch keeps the session, said at most this often: the server counts half a minute more

export class Live {
  /** `onSnapshot(snapshot)`, `onConnection(connected)` are called on every change. */
  constructor(path, onSnapshot, onConnection) {
    this.path = path;
    this.onSnapshot = onSnapshot;
    this.onConnection = onConnection;
    this.connected = null;
    this.failures = 0;
    this.running = false;
    this.again = false;
    this.timer = 0;
  }

  start() {
    this.listen();
    addEventListener("online", () => this.refresh());
    addEventListener("offline", () => this.say(false));
    addEventListener("unlocked", () => this.refresh());
    document.addEventListener("visibilitychange", () => document.hidden || this.refresh());
    return this.refresh();
  }

  /** Hints come by socket; where its library can't be read, the page only asks more often. */
  async listen() {
    try {
      const { io } = await import(document.body.dataset.socket);
      this.socket = io("/pages", { auth: { room: "staff" }, reconnectionDelayMax: 4000 });
      for (const event of ["changed", "connect", "disconnect"]) this.socket.on(event, () => this.refresh());
    } catch {
      this.socket = null;
    }
  }

  /** Show a snapshot that came with the answer to a press. */
  take(snapshot) {
    if (!snapshot) return;
    this.say(true);
    this.show(snapshot);
  }

  /** Answers may overtake each other: the later version wins, then the later clock; records begun anew win too. */
  show(snapshot) {
    const old = this.shown;
    const later = old ? Date.parse(snapshot.now) - Date.parse(old.now) : 0;
    if (old && later < ANEW_MS && (snapshot.version < old.version || (snapshot.version === old.version && later < 0))) return;
    if (snapshot.since && listOf(snapshot.since) !== listOf(old?.cursor)) {
      this.again = true; // changes of another list than the one on the page: it is read as a whole
      if (!this.running) this.refresh();
      return;
    }
    this.shown = snapshot.since ? { ...snapshot, visits: merged(old.visits, snapshot.visits) } : snapshot;
    this.onSnapshot(this.shown);
  }

  /** The address with the list that the page has. */
  address(path) {
    const cursor = this.shown?.cursor;
    return cursor ? `${path}?since=${encodeURIComponent(cursor)}` : path;
  }

  /** Read the snapshot now; hints that arrive meanwhile cause one more read, not many. */
  async refresh() {
    if (this.running) {
      this.again = true;
      return;
    }
    this.running = true;
    clearTimeout(this.timer);
    try {
      const snapshot = await read(this.address(this.path));
      this.failures = 0;
      this.say(true);
      this.show(snapshot);
    } catch (error) {
      if (!(error instanceof Unreachable || error instanceof Refused)) throw error;
      this.failures += 1;
      this.say(false);
    } finally {
      this.running = false;
      const wait = this.failures
        ? RETRY_MS[Math.min(this.failures - 1, RETRY_MS.length - 1)]
        : this.socket?.connected
          ? CALM_MS
          : ALONE_MS;
      this.timer = setTimeout(() => this.refresh(), this.again ? 0 : wait);
      this.again = false;
    }
  }

  say(connected) {
    if (this.connected === connected) return;
    this.connected = connected;
    this.onConnection(connected);
  }
}

const listOf = (cursor) => (cursor ?? "").split(".")[0];

/** The rows with those that changed in their places, new ones at the end. */
function merged(rows, changed) {
  if (changed.length === 0) return rows;
  const found = new Map(rows.map((row) => [row.id, row]));
  for (const row of changed) found.set(row.id, row);
  return [...found.values()];
}

/** A person touches the tablet: say so now and then, so that the session stays. Reads alone don't keep it. */
export function stayAwake() {
  let last = Date.now();
  let soon = 0;
  const say = () => {
    soon = 0;
    last = Date.now();
    write("/staff/api/awake", {}).catch(() => {}); // the next press says what is wrong
  };
  const touched = () => {
    if (isLocked() || soon) return;
    const wait = last + AWAKE_MS - Date.now();
    if (wait <= 0) say();
    else soon = setTimeout(say, wait); // the last touch is the one that counts
  };
  for (const event of ["pointerdown", "keydown"]) addEventListener(event, touched, { passive: true });
}

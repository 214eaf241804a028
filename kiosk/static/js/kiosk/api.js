// Talks to the web process. A decision carries a key minted at the tap, and that key stays until an answer came:
// the server then decides once however often a lost answer makes us ask again.

const RETRY_FIRST_MS = 400;
const RETRY_MOST_MS = 3000;
const PATIENCE_MS = 8000;
//: Refusals that say "not yet" rather than "no": the same decision is tried again.
const PASSING = new Set(["database_busy"]);
const PASSING_TRIES = 5;

/** Thrown for a refusal: `code`, `category`, `student`, `next` as the server said them. */
export class Refused extends Error {
  constructor(refusal, status) {
    super(refusal.code);
    Object.assign(this, refusal, { status });
  }
}

/** A random key of 32 hexadecimal figures. */
export function mint() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

export class Api {
  /** `reachable(bool)` is told whenever the server starts or stops answering. */
  constructor({ page, csrf, reachable }) {
    this.page = page;
    this.csrf = csrf;
    this.reachable = reachable;
  }

  /** The snapshot, or null when the server can't be reached. Throws Refused. */
  async snapshot() {
    try {
      return await this.#json(`/kiosk/api/snapshot?page=${encodeURIComponent(this.page)}`);
    } catch (error) {
      if (error instanceof Refused && error.status < 500) throw error;
      this.reachable(false);
      return null;
    }
  }

  /** This page takes the kiosk. */
  claim() {
    return this.#insist("/kiosk/api/claim", { page: this.page });
  }

  /** Performs an action; resolves to {"result", "snapshot"}, throws Refused. */
  perform(name, values = {}) {
    return this.#insist(`/kiosk/api/actions/${name}`, { page: this.page, key: mint(), ...values });
  }

  /** Somebody touched the screen; a lost one doesn't matter, the next touch says it again. */
  awake() {
    this.#post("/kiosk/api/awake", { page: this.page }).catch(() => {});
  }

  /** Demo only: one line to the simulators, for example `card lay 2`. */
  simulate(line) {
    return this.#post("/kiosk/demo/simulate", { line });
  }

  async #insist(address, body) {
    let wait = RETRY_FIRST_MS;
    for (let tries = 1; ; tries += 1) {
      try {
        const answer = await this.#post(address, body);
        this.reachable(true);
        return answer;
      } catch (error) {
        if (error instanceof Refused) {
          this.reachable(true);
          if (!PASSING.has(error.code) || tries >= PASSING_TRIES) throw error;
        } else {
          this.reachable(false);
        }
      }
      await pause(wait);
      wait = Math.min(wait * 2, RETRY_MOST_MS);
    }
  }

  #post(address, body) {
    return this.#json(address, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRF-Token": this.csrf },
      body: JSON.stringify(body),
    });
  }

  async #json(address, options = {}) {
    const answer = await fetch(address, {
      ...options,
      cache: "no-store",
      credentials: "same-origin",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const body = await answer.json(); // a proxy's HTML page is no answer of ours: it throws, and we ask again
    if (body.ok === false && body.refusal) throw new Refused(body.refusal, answer.status);
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    this.reachable(true);
    return body;
  }
}

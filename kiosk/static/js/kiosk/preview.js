// Reads the bridge's live picture: a multipart stream of JPEG frames and coaching words. Only the newest frame is
// ever decoded; a late one is dropped, so that what the student sees is never older than it must be.

const RETRY_FIRST_MS = 250;
const RETRY_MOST_MS = 3000;
const SILENCE_MS = 3000; // nothing at all for so long: the connection is made anew
const REMEMBERED = 240; // frames of which age and rate are reported
const MOST_BYTES = 8 * 1024 * 1024; // a part larger than this is no frame of ours

const BREAK = [13, 10, 13, 10];

/** Cuts a multipart stream into parts. `feed(bytes)` returns the parts that are complete: {headers, body}. */
export class Parts {
  constructor(boundary) {
    this.boundary = new TextEncoder().encode(`--${boundary}`);
    this.buffer = new Uint8Array(256 * 1024);
    this.length = 0;
  }

  feed(bytes) {
    this.#append(bytes);
    const parts = [];
    let at = 0;
    for (;;) {
      const part = this.#next(at);
      if (!part) break;
      parts.push(part);
      at = part.end;
    }
    this.buffer.copyWithin(0, at, this.length);
    this.length -= at;
    if (this.length > MOST_BYTES) throw new Error("preview: part too large");
    return parts;
  }

  #append(bytes) {
    if (this.length + bytes.length > this.buffer.length) {
      const larger = new Uint8Array(Math.max(this.buffer.length * 2, this.length + bytes.length));
      larger.set(this.buffer.subarray(0, this.length));
      this.buffer = larger;
    }
    this.buffer.set(bytes, this.length);
    this.length += bytes.length;
  }

  #find(pattern, from) {
    const last = this.length - pattern.length;
    for (let at = this.buffer.indexOf(pattern[0], from); at >= 0 && at <= last; at = this.buffer.indexOf(pattern[0], at + 1)) {
      let same = 1;
      while (same < pattern.length && this.buffer[at + same] === pattern[same]) same += 1;
      if (same === pattern.length) return at;
    }
    return -1;
  }

  #next(from) {
    const start = this.#find(this.boundary, from);
    if (start < 0) return null;
    const headEnd = this.#find(BREAK, start + this.boundary.length);
    if (headEnd < 0) return null;
    const headers = new Map();
    const head = new TextDecoder().decode(this.buffer.subarray(start + this.boundary.length, headEnd));
    for (const line of head.split("\r\n")) {
      const colon = line.indexOf(":");
      if (colon > 0) headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
    }
    const bodyStart = headEnd + BREAK.length;
    const said = Number(headers.get("content-length") ?? NaN);
    let bodyEnd = bodyStart + said;
    if (Number.isNaN(said)) {
      const next = this.#find(this.boundary, bodyStart);
      if (next < 0) return null;
      bodyEnd = next - 2; // the line break before a boundary belongs to it
    } else if (bodyEnd > this.length) {
      if (said > MOST_BYTES) throw new Error("preview: part too large");
      return null;
    }
    return { headers, body: this.buffer.slice(bodyStart, bodyEnd), end: bodyEnd };
  }
}

/** Age and rate of the frames that were really drawn. */
class Figures {
  constructor() {
    this.ages = [];
    this.moments = [];
    this.frames = 0;
    this.dropped = 0;
  }

  shown(taken) {
    const now = performance.timeOrigin + performance.now();
    this.frames += 1;
    this.moments.push(now);
    this.ages.push(Math.max(0, now - taken));
    if (this.moments.length > REMEMBERED) {
      this.moments.shift();
      this.ages.shift();
    }
  }

  write(element) {
    const span = (this.moments.at(-1) - this.moments[0]) / 1000;
    const sorted = [...this.ages].sort((one, other) => one - other);
    const data = element.dataset;
    data.frames = this.frames;
    data.dropped = this.dropped;
    data.fps = span > 0 ? ((this.moments.length - 1) / span).toFixed(1) : "0";
    data.age = (this.ages.at(-1) ?? 0).toFixed(1);
    data.ageP95 = (sorted[Math.floor(sorted.length * 0.95)] ?? 0).toFixed(1);
  }
}

export class Preview {
  /**
   * `draw(bitmap)` shows a frame, `coach(words)` takes a coaching part (see PREVIEW in bridge/protocol.py),
   * `live(bool)` says whether frames come. Figures for the benchmark go to the data attributes of `report`.
   */
  constructor({ url, draw, coach, live, report }) {
    Object.assign(this, { url, draw, coach, live, report });
    this.figures = new Figures();
    this.stopped = false;
    this.waiting = null; // the newest frame that is not yet decoded
    this.decoding = false;
    this.sequence = 0;
  }

  /** Reads until `stop`, connecting again whenever the stream ends. */
  async start() {
    let wait = RETRY_FIRST_MS;
    while (!this.stopped) {
      const before = this.figures.frames;
      try {
        await this.#read();
      } catch {
        // Gone or broken: the next round connects again, the page says so meanwhile.
      }
      if (this.stopped) return;
      this.live(false);
      this.sequence = 0; // a restarted bridge counts from the beginning
      wait = this.figures.frames > before ? RETRY_FIRST_MS : Math.min(wait * 2, RETRY_MOST_MS);
      await new Promise((done) => setTimeout(done, wait));
    }
  }

  /** Ends the stream and forgets the frame that waits. */
  stop() {
    this.stopped = true;
    this.waiting = null;
    this.abort?.abort();
  }

  async #read() {
    this.abort = new AbortController();
    let silence = setTimeout(() => this.abort.abort(), SILENCE_MS);
    try {
      const answer = await fetch(this.url, { signal: this.abort.signal, cache: "no-store", credentials: "omit" });
      if (!answer.ok) throw new Error(`preview: ${answer.status}`);
      const boundary = /boundary="?([^";]+)/i.exec(answer.headers.get("Content-Type") ?? "")?.[1];
      if (!boundary) throw new Error("preview: no boundary");
      const parts = new Parts(boundary.replace(/^--/, ""));
      const reader = answer.body.getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done || this.stopped) return;
        clearTimeout(silence);
        silence = setTimeout(() => this.abort.abort(), SILENCE_MS);
        for (const part of parts.feed(value)) this.#take(part);
      }
    } finally {
      clearTimeout(silence);
      this.abort.abort();
    }
  }

  #take({ headers, body }) {
    const type = headers.get("content-type") ?? "";
    if (type.startsWith("application/json")) {
      this.coach(JSON.parse(new TextDecoder().decode(body)));
    } else if (type.startsWith("image/")) {
      const frame = {
        body,
        type,
        sequence: Number(headers.get("x-sequence") ?? 0),
        taken: Number(headers.get("x-taken") ?? Date.now()),
      };
      if (frame.sequence && frame.sequence <= this.sequence) return;
      if (this.waiting) this.figures.dropped += 1;
      this.waiting = frame;
      if (!this.decoding) this.#decode();
    }
  }

  async #decode() {
    this.decoding = true;
    while (this.waiting && !this.stopped) {
      const frame = this.waiting;
      this.waiting = null;
      try {
        const bitmap = await createImageBitmap(new Blob([frame.body], { type: frame.type }));
        if (!this.stopped) {
          this.sequence = frame.sequence;
          this.draw(bitmap);
          this.figures.shown(frame.taken);
          this.figures.write(this.report);
          this.live(true);
        }
        bitmap.close();
      } catch {
        this.figures.dropped += 1; // half a picture
      }
    }
    this.decoding = false;
  }
}

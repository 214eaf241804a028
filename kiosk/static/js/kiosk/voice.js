// Reads the one sentence of the screen, and the hint of the moment, aloud. Off until it is switched on.

const VOICES = { zh_CN: "zh-CN", en: "en-US" };

export class Voice {
  constructor() {
    this.on = false;
    this.last = "";
  }

  /** Whether this machine can speak. */
  get able() {
    return "speechSynthesis" in window;
  }

  /** Switches; switching on says `sentence` at once. */
  toggle(sentence, language) {
    this.on = !this.on;
    this.last = "";
    if (this.on) this.say(sentence, language);
    else this.stop();
  }

  /** Says `sentence` once; the same one again is not repeated until another was said. */
  say(sentence, language) {
    if (!this.on || !this.able || !sentence || sentence === this.last) return;
    this.last = sentence;
    window.speechSynthesis.cancel();
    const speech = new SpeechSynthesisUtterance(sentence);
    speech.lang = VOICES[language];
    speech.rate = 0.95;
    window.speechSynthesis.speak(speech);
  }

  /** Silence. */
  stop() {
    if (this.able) window.speechSynthesis.cancel();
  }
}

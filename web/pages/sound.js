// Four notes for an officer in danger, three for a P1, two for the rest, repeated until told otherwise. One window of a seat sounds.

const PATTERNS = { 0: { notes: [990, 990, 740, 990], everyMs: 1100 }, 1: { notes: [880, 660, 880], everyMs: 1500 }, 2: { notes: [660, 660], everyMs: 3000 } };
const NOTE_S = 0.14;
const LOUD = 0.18;

export class Sound {
  constructor() {
    this.context = null;
    this.timer = null;
    this.playing = null;
    this.mine = !navigator.locks;
    navigator.locks?.request('dispatch110.sound', () => {
      this.mine = true;
      return new Promise(() => {}); // held until this window closes
    });
    const wake = () => this.#wake();
    for (const type of ['pointerdown', 'keydown']) addEventListener(type, wake);
  }

  /** Browsers let a page sound only after somebody has touched it. */
  get ready() {
    return this.context?.state === 'running';
  }

  #wake() {
    this.context ??= new AudioContext();
    if (this.context.state === 'suspended') this.context.resume();
  }

  /** Sound for this level, or stop with null. */
  play(level) {
    if (level === this.playing) return;
    this.playing = level;
    clearInterval(this.timer);
    const pattern = PATTERNS[level];
    if (!pattern) return;
    const once = () => this.ready && this.mine && pattern.notes.forEach((hertz, n) => this.#note(hertz, n));
    once();
    this.timer = setInterval(once, pattern.everyMs);
  }

  #note(hertz, n) {
    const at = this.context.currentTime + n * NOTE_S * 1.4;
    const tone = new OscillatorNode(this.context, { frequency: hertz, type: 'triangle' });
    const volume = new GainNode(this.context, { gain: 0 });
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(LOUD, at + 0.01);
    volume.gain.setValueAtTime(LOUD, at + NOTE_S - 0.03);
    volume.gain.linearRampToValueAtTime(0, at + NOTE_S);
    tone.connect(volume).connect(this.context.destination);
    tone.start(at);
    tone.stop(at + NOTE_S);
  }
}

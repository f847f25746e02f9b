// Four notes for an officer in danger, three for a P1, two for the rest, repeated until told otherwise. One window of a seat
// sounds, whichever holds the lock; only a window that somebody has touched can sound, so only such a one asks for it.

export type Level = 0 | 1 | 2;

const PATTERNS: Record<Level, { notes: number[]; everyMs: number }> = {
  0: { notes: [990, 990, 740, 990], everyMs: 1100 },
  1: { notes: [880, 660, 880], everyMs: 1500 },
  2: { notes: [660, 660], everyMs: 3000 },
};
const NOTE_S = 0.14;
const LOUD = 0.18;

export class Sound {
  private context: AudioContext | null = null;
  private timer: ReturnType<typeof setInterval> | null = null;
  private playing: Level | null = null;
  private mine = !navigator.locks;
  private asked = false;

  /** sounding: false on a page that shows no alerts, which must never take the sound from one that does. */
  constructor(private readonly changed: () => void = () => {}, sounding = true) {
    if (!sounding) return;
    for (const type of ['pointerdown', 'keydown']) addEventListener(type, () => this.wake(), { passive: true });
  }

  /** Browsers let a page sound only after somebody has touched it. */
  get ready(): boolean {
    return this.context?.state === 'running';
  }

  /** Sound this pattern from now on; null is silence. */
  play(level: Level | null): void {
    if (level === this.playing) return;
    this.playing = level;
    this.turn();
  }

  /** Once, so that somebody hears whether the loudspeaker works. */
  async check(level: Level = 1): Promise<void> {
    this.wake();
    await this.context?.resume();
    this.notes(level);
  }

  private turn(): void {
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
    const level = this.playing;
    if (level === null || !this.mine) return;
    this.notes(level);
    this.timer = setInterval(() => this.notes(level), PATTERNS[level].everyMs);
  }

  private wake(): void {
    this.context ??= new AudioContext();
    if (this.context.state === 'running') this.awake();
    else void this.context.resume().then(() => this.awake(), () => {}); // it stays blocked, which `ready` tells
  }

  private awake(): void {
    this.changed();
    if (this.asked) return;
    this.asked = true;
    void navigator.locks?.request('dispatch110.sound', () => {
      this.mine = true;
      this.turn();
      return new Promise(() => {}); // held until this window closes
    });
    this.turn();
  }

  private notes(level: Level): void {
    const context = this.context;
    if (!context || context.state !== 'running') return;
    PATTERNS[level].notes.forEach((hertz, n) => {
      const [tone, gain] = [context.createOscillator(), context.createGain()];
      const from = context.currentTime + n * (NOTE_S + 0.04);
      tone.frequency.value = hertz;
      gain.gain.setValueAtTime(0, from);
      gain.gain.linearRampToValueAtTime(LOUD, from + 0.01);
      gain.gain.linearRampToValueAtTime(0, from + NOTE_S);
      tone.connect(gain).connect(context.destination);
      tone.start(from);
      tone.stop(from + NOTE_S);
    });
  }
}

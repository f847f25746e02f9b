// When the map may be drawn again. A graphics card draws it within a frame; where a processor stands in for one it takes tenths of a
// second, and all the page waits for it. So the map is drawn at most a third of the time, and while somebody is at the keys it waits.

const SHARE = 2; // times as long as it took to draw, the map is left alone afterwards
const SLOW_MS = 40;
const TYPING_MS = 300;
const PATIENCE_MS = 4_000;
const LOOK_MS = 8;
const GIVE_UP_MS = 5_000;

export interface Clock {
  now(): number;
  later(does: () => void, ms: number): ReturnType<typeof setTimeout>;
}

const CLOCK: Clock = { now: () => performance.now(), later: (does, ms) => setTimeout(does, ms) };

export class Pace {
  /** How long the last drawing took, ms. */
  tookMs = 0;
  private doneMs = -Infinity;
  private begunMs: number | null = null;
  private keyMs = -Infinity;
  private looked = false;
  /** What was told and may not be drawn yet. */
  private readonly fences: { gl: WebGL2RenderingContext; fence: WebGLSync }[] = [];

  constructor(private readonly clock: Clock = CLOCK) {}

  /** A key was pressed on the page. */
  key(): void {
    this.keyMs = this.clock.now();
  }

  /** How long what wants to be drawn since `wantedMs` has to wait, ms; 0: not at all. */
  waitMs(wantedMs: number): number {
    const nowMs = this.clock.now();
    if (this.begunMs !== null) return Math.max(LOOK_MS, this.tookMs);
    const rested = this.doneMs + SHARE * this.tookMs;
    const typed = this.tookMs > SLOW_MS && nowMs - wantedMs < PATIENCE_MS ? this.keyMs + TYPING_MS : -Infinity;
    return Math.max(0, Math.max(rested, typed) - nowMs);
  }

  /** A sheet of the map was told to the graphics card; how long all of it takes there is watched until it is done. */
  drawn(gl: WebGL2RenderingContext): void {
    if (this.begunMs !== null && this.looked) return; // only what was told in the same breath belongs together
    const fence = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
    if (!fence) return; // the context is lost
    gl.flush();
    this.fences.push({ gl, fence });
    if (this.begunMs !== null) return;
    const begunMs = (this.begunMs = this.clock.now());
    this.looked = false;
    const look = (): void => {
      const nowMs = this.clock.now();
      this.looked = true;
      const waiting = this.fences.some((one) => one.gl.getSyncParameter(one.fence, gl.SYNC_STATUS) === gl.UNSIGNALED);
      if (waiting && nowMs - begunMs < GIVE_UP_MS) return void this.clock.later(look, LOOK_MS);
      for (const one of this.fences.splice(0)) one.gl.deleteSync(one.fence);
      this.begunMs = null;
      this.doneMs = nowMs;
      this.tookMs = nowMs - begunMs <= 2 * LOOK_MS ? 0 : nowMs - begunMs;
    };
    this.clock.later(look, LOOK_MS);
  }
}

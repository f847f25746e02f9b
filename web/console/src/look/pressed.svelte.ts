// Whether a finger or a button of the mouse is down somewhere on this page. What would move everything under it waits until it
// is up again: the press must end on what it began on.

const LONGEST_MS = 1_500; // whoever keeps it down that long is not clicking

export class Pressed {
  now = $state(false);
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(page: EventTarget) {
    const up = (): void => this.after(0); // the click comes first
    page.addEventListener('pointerdown', () => { this.now = true; this.after(LONGEST_MS); }, true);
    for (const kind of ['pointerup', 'pointercancel', 'blur']) page.addEventListener(kind, up, true);
  }

  private after(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => { this.now = false; }, ms);
  }
}

export const pressed = new Pressed(globalThis.window ?? new EventTarget());

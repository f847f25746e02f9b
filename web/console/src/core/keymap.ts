// Keys of a page, in one table that also makes the overlay `?`. A key acts only when nobody is typing, unless it says so; while
// an input method composes, no key acts at all; one that is held acts once; and under an open question only what says `always`.

export interface Binding {
  /** As it is shown and matched: 'F2', 'Ctrl+Enter', 'Alt+1', '/', 'Enter', 'n'. */
  key: string;
  /** What it does, in the language of the seat. */
  said: () => string;
  /** Returns false when there was nothing to do; the browser then does what it would. */
  does: (event: KeyboardEvent) => boolean | void;
  /** Also while a field has the focus. Function keys and chords always do. */
  whileTyping?: boolean;
  /** Also while a dialog asks something. */
  always?: boolean;
  /** Heading in the overlay. */
  group?: string;
}

const CHORD = /^(Ctrl|Alt)\+/;
const FUNCTION_KEY = /^F\d+$/;

/** The name of a pressed key as bindings write it. */
export function nameOf(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'code'>): string {
  let key = event.key;
  if (event.altKey && /^Digit\d$/.test(event.code)) key = event.code.slice(5); // Option+1 types a sign of its own on a Mac
  if (key.length === 1) key = key.toLowerCase();
  return `${event.ctrlKey || event.metaKey ? 'Ctrl+' : ''}${event.altKey ? 'Alt+' : ''}${key}`;
}

export function typing(target: EventTarget | null): boolean {
  return target instanceof Element && Boolean(target.closest('input, textarea, select, [contenteditable="true"], dialog[open]'));
}

/** Whether a key belongs to the thing that has the focus: Enter on a button presses the button. */
function owned(event: KeyboardEvent): boolean {
  const here = event.target;
  return (event.key === 'Enter' || event.key === ' ') && here instanceof Element && Boolean(here.closest('button, a, summary'));
}

export class Keymap {
  private layers: Binding[][] = [];

  /** asked: whether a dialog waits for an answer, and nothing behind it may act. */
  constructor(private readonly asked: () => boolean = () => Boolean(globalThis.document?.querySelector('dialog:modal'))) {}

  /** Keys that count until the returned function is called; later layers go first. */
  add(bindings: Binding[]): () => void {
    this.layers.push(bindings);
    return () => {
      this.layers = this.layers.filter((layer) => layer !== bindings);
    };
  }

  /** Everything that can be pressed now, for the overlay. */
  get all(): Binding[] {
    return this.layers.flat();
  }

  /** Handle a key; whether somebody took it. */
  press(event: KeyboardEvent): boolean {
    if (event.isComposing || event.keyCode === 229 || event.defaultPrevented) return false;
    const name = nameOf(event);
    const busy = typing(event.target);
    const asked = this.asked();
    for (const layer of this.layers.toReversed()) {
      for (const binding of layer) {
        if (binding.key.toLowerCase() !== name.toLowerCase()) continue;
        if (busy && !binding.whileTyping && !CHORD.test(binding.key) && !FUNCTION_KEY.test(binding.key)) continue;
        if (asked && !binding.always) continue;
        if (owned(event)) continue;
        if (event.repeat) {
          event.preventDefault(); // held: it has acted, and is not the browser's either
          return true;
        }
        if (binding.does(event) === false) continue;
        event.preventDefault();
        return true;
      }
    }
    return false;
  }
}

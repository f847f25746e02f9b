// Promise: one press is one act, nothing acts behind an open question, and what silences an alert works always.

import { beforeAll, describe, expect, it } from 'vitest';
import { Keymap } from '../src/core/keymap';

interface Pressed { event: KeyboardEvent; taken: () => boolean }

function pressed(key: string, more: Partial<KeyboardEvent> = {}): Pressed {
  let prevented = false;
  const event = {
    key, code: '', ctrlKey: false, metaKey: false, altKey: false, isComposing: false, keyCode: 0, repeat: false, target: null, defaultPrevented: false,
    preventDefault: () => { prevented = true; }, ...more,
  } as unknown as KeyboardEvent;
  return { event, taken: () => prevented };
}

beforeAll(() => {
  globalThis.Element ??= class {} as unknown as typeof Element;
});

describe('a key', () => {
  it('that is held acts once, and is not the browser\'s either', () => {
    const keys = new Keymap(() => false);
    let sent = 0;
    keys.add([{ key: 'Enter', said: () => '', does: () => { sent += 1; } }]);
    keys.press(pressed('Enter').event);
    const held = pressed('Enter', { repeat: true });
    expect(keys.press(held.event)).toBe(true);
    expect(held.taken()).toBe(true);
    expect(sent).toBe(1);
  });

  it('does nothing behind an open question, except what is for always', () => {
    let asked = true;
    const keys = new Keymap(() => asked);
    const done: string[] = [];
    keys.add([
      { key: 'F2', said: () => '', does: () => { done.push('F2'); } },
      { key: 'F8', said: () => '', does: () => { done.push('F8'); }, always: true },
    ]);
    for (const key of ['F2', 'F8']) keys.press(pressed(key).event);
    expect(done).toEqual(['F8']);
    asked = false;
    keys.press(pressed('F2').event);
    expect(done).toEqual(['F8', 'F2']);
  });

  it('never acts while an input method composes', () => {
    const keys = new Keymap(() => false);
    const done: string[] = [];
    keys.add([{ key: 'F2', said: () => '', does: () => { done.push('F2'); } }]);
    for (const more of [{ isComposing: true }, { keyCode: 229 }]) keys.press(pressed('F2', more).event);
    expect(done).toEqual([]);
  });
});

// Promise: a rectangle that the browser breaks off leaves the map as it was: it can be dragged again, and nothing is drawn or chosen.

import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { listen } from '../src/map/pointing';

let page: EventTarget;
let drags: boolean;
let drawn: unknown;
let chosen: string[][];
let map: Map<string, (event: object) => void>;

const told = (type: string, at: [number, number] = [0, 0]): void => { page.dispatchEvent(Object.assign(new Event(type), { clientX: at[0], clientY: at[1] })); };
const mouse = (type: string, x: number, y: number): void => map.get(type)!({ point: { x, y }, originalEvent: { shiftKey: true, button: 0 }, preventDefault: () => {} });

beforeEach(() => {
  [page, drags, drawn, chosen, map] = [new EventTarget(), true, null, [], new Map()];
  vi.stubGlobal('addEventListener', page.addEventListener.bind(page));
  vi.stubGlobal('removeEventListener', page.removeEventListener.bind(page));
  vi.stubGlobal('requestAnimationFrame', () => 1);
  const gl = {
    getCanvas: () => ({ style: {}, getBoundingClientRect: () => ({ left: 0, top: 0 }) }), on: (type: string, does: (event: object) => void) => map.set(type, does),
    dragPan: { enable: () => { drags = true; }, disable: () => { drags = false; } },
  };
  listen(gl as never, { click: () => {}, rectangle: (at) => { drawn = at; }, chosen: (ids) => chosen.push(ids) }, () => ['u'], () => false);
});
afterEach(() => { vi.unstubAllGlobals(); });

it('a pointer that is taken away lets go, and chooses nothing then or later', () => {
  mouse('mousedown', 10, 10);
  mouse('mousemove', 60, 60);
  expect([drags, drawn !== null]).toEqual([false, true]);
  told('pointercancel');
  expect([drags, drawn]).toEqual([true, null]);
  mouse('mousemove', 90, 90);
  told('pointerup', [90, 90]);
  expect([drawn, chosen]).toEqual([null, []]);
});

it('a rectangle that was drawn to its end chooses what lies inside, once', () => {
  mouse('mousedown', 10, 10);
  mouse('mousemove', 60, 60);
  told('pointerup', [60, 60]);
  told('pointerup', [99, 99]);
  expect([drags, drawn, chosen]).toEqual([true, null, [['u']]]);
});

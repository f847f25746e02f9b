// What the pointer does on the map: a click, a rectangle while Shift is held, a hand over what can be chosen.

import type { Map as GlMap, MapMouseEvent } from 'maplibre-gl';
import type { Spot } from './geometry';

export interface Pointed {
  click(at: [number, number], spot: Spot): void;
  /** While it is drawn; null when it was let go. */
  rectangle(at: { left: number; top: number; width: number; height: number } | null): void;
  chosen(unitIds: string[]): void;
}

const LEAST_PX = 6;

/** between: the units inside two corners of the screen; over: whether something can be chosen there. */
export function listen(map: GlMap, on: Pointed, between: (a: [number, number], b: [number, number]) => string[], over: (at: [number, number]) => boolean): void {
  const canvas = map.getCanvas();
  let from: [number, number] | null = null;
  let looking = 0;

  map.on('click', (event) => {
    if (!event.originalEvent.shiftKey) on.click([event.point.x, event.point.y], [event.lngLat.lng, event.lngLat.lat]);
  });
  map.on('mousedown', (event) => {
    if (!event.originalEvent.shiftKey || event.originalEvent.button !== 0) return;
    from = [event.point.x, event.point.y];
    map.dragPan.disable();
    event.preventDefault();
    addEventListener('pointerup', release);
    addEventListener('pointercancel', letGo);
  });
  map.on('mousemove', (event) => {
    if (from) on.rectangle({ left: Math.min(from[0], event.point.x), top: Math.min(from[1], event.point.y), width: Math.abs(event.point.x - from[0]), height: Math.abs(event.point.y - from[1]) });
    else glance(event);
  });

  function release(event: PointerEvent): void {
    const bounds = canvas.getBoundingClientRect();
    const to: [number, number] = [event.clientX - bounds.left, event.clientY - bounds.top];
    const begun = from;
    letGo();
    if (begun && Math.max(Math.abs(to[0] - begun[0]), Math.abs(to[1] - begun[1])) >= LEAST_PX) on.chosen(between(begun, to));
  }

  /** Also when the browser takes the pointer away: then nothing is chosen. */
  function letGo(): void {
    removeEventListener('pointerup', release);
    removeEventListener('pointercancel', letGo);
    from = null;
    map.dragPan.enable();
    on.rectangle(null);
  }

  function glance({ point }: MapMouseEvent): void {
    if (looking) return;
    looking = requestAnimationFrame(() => {
      looking = 0;
      canvas.style.cursor = over([point.x, point.y]) ? 'pointer' : '';
    });
  }
}

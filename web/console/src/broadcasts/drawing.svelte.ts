// An area of a broadcast while it is clicked on the map, corner by corner; the form has stepped aside meanwhile.

import type { Geometry } from 'geojson';
import type { Spot } from '../map/geometry';
import { shapeOf } from './areas';

export class Drawing {
  corners: readonly Spot[] = $state.raw([]);

  constructor(private readonly taken: (shape: Geometry) => void, private readonly over: () => void) {}

  /** null while it is no area yet. */
  get shape(): Geometry | null {
    return shapeOf(this.corners);
  }

  add(lon: number, lat: number): void {
    this.corners = [...this.corners, [Number(lon.toFixed(6)), Number(lat.toFixed(6))]];
  }

  undo(): boolean {
    if (!this.corners.length) return false;
    this.corners = this.corners.slice(0, -1);
    return true;
  }

  /** It is done; whether it is an area. */
  finish(): boolean {
    const { shape } = this;
    if (!shape) return false;
    this.taken(shape);
    this.over();
    return true;
  }

  cancel(): void {
    this.over();
  }
}

// The pin of a place that is being set: it can be dragged, or moved with the arrow keys while it has the focus.

import { Marker, type Map as GlMap } from 'maplibre-gl';

const STEP_PX = 8;
const STEPS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowUp: [0, -STEP_PX], ArrowDown: [0, STEP_PX], ArrowLeft: [-STEP_PX, 0], ArrowRight: [STEP_PX, 0],
};

export class PlacePin {
  private readonly element = document.createElement('div');
  private readonly marker: Marker;
  private shown = false;
  private draggable = false;

  constructor(private readonly map: GlMap, private readonly moved: (lon: number, lat: number) => void) {
    this.element.className = 'map-pin';
    this.element.setAttribute('role', 'img');
    this.element.addEventListener('keydown', (event) => this.press(event));
    this.marker = new Marker({ element: this.element, anchor: 'bottom', offset: [0, 2] });
    this.marker.on('dragend', () => this.tell());
  }

  /** Put it there, or away. */
  put(place: { lon: number; lat: number; draggable?: boolean } | null, label: string): void {
    if (!place) return this.remove();
    this.marker.setLngLat([place.lon, place.lat]);
    if (!this.shown) this.marker.addTo(this.map);
    this.shown = true;
    this.draggable = Boolean(place.draggable);
    this.marker.setDraggable(this.draggable);
    this.element.tabIndex = this.draggable ? 0 : -1;
    this.element.setAttribute('aria-label', label);
  }

  remove(): void {
    this.marker.remove();
    this.shown = false;
  }

  private press(event: KeyboardEvent): void {
    const step = STEPS[event.key];
    if (!step || !this.draggable) return;
    const { x, y } = this.map.project(this.marker.getLngLat());
    this.marker.setLngLat(this.map.unproject([x + step[0], y + step[1]]));
    this.tell();
    event.preventDefault();
    event.stopPropagation();
  }

  private tell(): void {
    const { lng, lat } = this.marker.getLngLat();
    this.moved(lng, lat);
  }
}

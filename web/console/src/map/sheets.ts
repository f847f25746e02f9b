// The map is two sheets, one over the other: the ground below, which is drawn when somebody looks elsewhere, and what lives above it,
// which is drawn with every fact. Without a graphics card the ground costs three times as much as all that moves on it. Names lie on
// the upper sheet, so that they give way to call signs.

import type { LayerSpecification, Map as GlMap, StyleSpecification } from 'maplibre-gl';
import { openSheet, type Opened } from './ground';
import { add, beneath } from './overlay';
import { apart, NAMES_BELOW } from './style';

/** A line that comes above the map and goes again makes it lower by a finger's breadth: both sheets would be drawn anew, twice, in the
 * very moment something is told. So the map takes another size once it stays. */
const STAYS_MS = 250;

export class Sheets {
  readonly ground: GlMap;
  readonly live: GlMap;
  private readonly size: ResizeObserver;
  private drawnAt: string;
  private resizing: ReturnType<typeof setTimeout> | undefined;

  /** ready: layers can be added. Raises CannotDraw where the browser gives no WebGL2. */
  constructor({ container, style, ...opened }: Opened, ready: () => void) {
    const { ground, live, names } = apart(style);
    const [below, above] = [layer('beneath'), layer('above')];
    container.replaceChildren(below, above);
    below.ariaHidden = 'true'; // the upper sheet speaks for both
    this.ground = openSheet({ ...opened, container: below, style: ground, interactive: false, grows: false });
    this.ground.getCanvas().className = 'canvas-beneath'; // the map's canvas is the upper one, for the keys, for a click and for who reads the page
    this.live = openSheet({ ...opened, container: above, style: live, grows: false });
    beneath.set(this.live, this.ground);
    let opening = 2;
    for (const sheet of this.both) sheet.once('style.load', () => { if ((opening -= 1) === 0) ready(); });
    this.ground.once('load', () => this.name(style.sources, names));
    this.live.on('move', () => this.follow());
    this.drawnAt = `${above.clientWidth} ${above.clientHeight}`;
    this.size = new ResizeObserver(() => {
      clearTimeout(this.resizing);
      this.resizing = setTimeout(() => this.resize(above), STAYS_MS);
    });
    this.size.observe(above);
  }

  get both(): readonly [GlMap, GlMap] {
    return [this.ground, this.live];
  }

  /** below: on the ground, above streets and under names. */
  add(layer: LayerSpecification, below: boolean): void {
    add(below ? this.ground : this.live, layer);
  }

  close(): void {
    clearTimeout(this.resizing);
    this.size.disconnect();
    this.live.remove();
    this.ground.remove();
  }

  private resize({ clientWidth, clientHeight }: HTMLElement): void {
    const size = `${clientWidth} ${clientHeight}`;
    if (size === this.drawnAt) return; // it came and went
    this.drawnAt = size;
    for (const sheet of this.both) sheet.resize();
  }

  private name(sources: StyleSpecification['sources'], names: readonly LayerSpecification[]): void {
    for (const [id, source] of Object.entries(sources)) this.live.addSource(id, source);
    for (const one of names) this.live.addLayer(one, NAMES_BELOW);
  }

  /** In the same instant, or what lives would slide over the ground. */
  private follow(): void {
    this.ground.jumpTo({ center: this.live.getCenter(), zoom: this.live.getZoom(), bearing: this.live.getBearing() });
    this.ground.redraw();
  }
}

function layer(name: string): HTMLDivElement {
  const made = document.createElement('div');
  made.className = `map-sheet ${name}`;
  return made;
}

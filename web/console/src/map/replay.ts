// The map of a replay: the same ground, pins and shapes as the live map, but what is drawn is a moment of the past, and says so.

import type { LayerSpecification, Map as GlMap } from 'maplibre-gl';
import type { Api } from '../core/api';
import type { Frame, SeenThen } from '../core/replay';
import type { Theme } from '../core/prefs.svelte';
import { LOOK, SHAPES, type Colour } from '../look/shapes';
import type { Box } from './geometry';
import { openSheet, readTileSet } from './ground';
import { pinName } from './incidents';
import { add, feature, fill, point, repaint } from './overlay';
import { pageInk, type Ink } from './palette';
import { drawPins } from './pins';
import { baseStyle, BOLD, NAMES_FROM, type TileSet } from './style';

const [WAYS, PLACES, UNITS, LINKS, PROPOSED] = ['replay-ways', 'replay-places', 'replay-units', 'replay-links', 'replay-proposed'];
const RATIO = 3;
const SIDE = 20;
const WORLD: Box = [-180, -85, 180, 85];

export interface UnitThen {
  id: string;
  sign: string;
  state: string | null;
  seen: SeenThen;
  age: string;
  way: [number, number][][];
}

export interface Moment {
  frame: Frame | null;
  places: [number, number][];
  units: UnitThen[];
  /** The ways by which units that were sent by then were to come. */
  proposed: [number, number][][];
  /** Incidents of a playback that is of no single one. */
  pins?: readonly { lon: number; lat: number; priority: number }[];
  /** Where somebody stood. */
  stops?: readonly (readonly [number, number])[];
}

export class ReplayMap {
  private ink: Ink;
  private ready = false;
  private moment: Moment | null = null;

  private constructor(private readonly gl: GlMap, private readonly tiles: TileSet | null, theme: Theme, label: string) {
    this.ink = pageInk(theme);
    gl.once('load', () => { this.begin(); gl.getCanvas().setAttribute('aria-label', label); });
  }

  static async open(api: Api, container: HTMLElement, theme: Theme, label: string): Promise<ReplayMap> {
    const tiles = await readTileSet(api).catch(() => null);
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    const gl = openSheet({ container, style: baseStyle(theme, tiles, location.origin), bounds: tiles?.bounds ?? WORLD, still });
    return new ReplayMap(gl, tiles, theme, label);
  }

  get credit(): string {
    return this.tiles?.attribution ?? '';
  }

  close(): void {
    this.gl.remove();
  }

  retheme(theme: Theme): void {
    this.ink = pageInk(theme);
    if (!this.ready) return;
    repaint(this.gl, baseStyle(theme, this.tiles, location.origin).layers);
    drawPins(this.gl, this.ink);
    this.drawShapes();
    repaint(this.gl, layers(this.ink));
    if (this.moment) this.show(this.moment);
  }

  /** Show these corners; nothing moves by itself. */
  fit(spots: readonly [number, number][]): void {
    if (!spots.length) return;
    const [lons, lats] = [spots.map(([lon]) => lon), spots.map(([, lat]) => lat)];
    const pad = 0.002;
    this.gl.fitBounds([Math.min(...lons) - pad, Math.min(...lats) - pad, Math.max(...lons) + pad, Math.max(...lats) + pad], { padding: 56, animate: false, maxZoom: 16 });
  }

  /** West, south, east, north of what is shown. */
  get bounds(): Box {
    const [[west, south], [east, north]] = this.gl.getBounds().toArray();
    return [west!, south!, east!, north!];
  }

  zoom(step: number): void {
    this.gl.zoomTo(this.gl.getZoom() + step, { animate: false });
  }

  show(moment: Moment): void {
    this.moment = moment;
    if (!this.ready) return;
    const { frame, places, units, proposed, pins = [], stops = [] } = moment;
    const spot: [number, number] | null = frame?.lon != null && frame.lat != null ? [frame.lon, frame.lat] : null;
    fill(this.gl, PROPOSED!, proposed.map((line) => feature({ type: 'LineString', coordinates: line })));
    fill(this.gl, WAYS!, units.flatMap((unit) => unit.way.map((line) => feature({ type: 'LineString', coordinates: line }, { grey: unit.seen.quality === 'grey' }))));
    fill(this.gl, PLACES!, [
      ...(places.length > 1 ? [feature({ type: 'LineString', coordinates: places })] : []),
      ...[...places.slice(0, -1), ...stops].map(([lon, lat]) => point(lon, lat, { old: true })),
      ...pins.map(({ lon, lat, priority }) => point(lon, lat, { pin: pinName(priority, 'waiting') })),
      ...(spot && frame ? [point(spot[0], spot[1], { pin: pinName(frame.priority, frame.orders.length ? 'going' : 'waiting') })] : []),
    ]);
    fill(this.gl, LINKS!, units.flatMap((unit) => (spot && unit.state && unit.state !== 'on_scene' && unit.seen.quality !== 'grey'
      ? [feature({ type: 'LineString', coordinates: [[unit.seen.lon, unit.seen.lat], spot] })] : [])));
    fill(this.gl, UNITS!, units.map((unit) => {
      const [shape, colour] = unit.seen.quality === 'grey' ? ['ring', 'lost'] : (LOOK[unit.state ?? 'available'] ?? ['circle', 'idle']);
      const label = unit.age ? `${unit.sign}\n${unit.age}` : unit.sign;
      return point(unit.seen.lon, unit.seen.lat, { id: unit.id, label, shape: `replay-${shape}-${colour}${unit.seen.quality === 'hollow' ? '-hollow' : ''}`, grey: unit.seen.quality === 'grey' });
    }));
  }

  private begin(): void {
    drawPins(this.gl, this.ink);
    this.drawShapes();
    for (const layer of layers(this.ink)) add(this.gl, layer, layer.type === 'line' && this.gl.getLayer(NAMES_FROM) ? NAMES_FROM : undefined);
    this.ready = true;
    if (this.moment) this.show(this.moment);
  }

  /** Each shape in each colour, filled and hollow: the same as in lists. */
  private drawShapes(): void {
    const looks = new Map<string, readonly [string, Colour]>(Object.values(LOOK).map((one) => [one.join(), one]));
    for (const [shape, colour] of looks.values()) {
      for (const hollow of [false, true]) {
        const name = `replay-${shape}-${colour}${hollow ? '-hollow' : ''}`;
        const picture = drawn(this.ink, SHAPES[shape as keyof typeof SHAPES], this.ink[colour], hollow);
        if (this.gl.hasImage(name)) this.gl.updateImage(name, picture);
        else this.gl.addImage(name, picture, { pixelRatio: RATIO });
      }
    }
  }
}

function drawn(ink: Ink, path: string, colour: string, hollow: boolean): ImageData {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = SIDE * RATIO;
  const pen = canvas.getContext('2d', { willReadFrequently: true })!;
  pen.scale((SIDE * RATIO) / 16, (SIDE * RATIO) / 16);
  pen.translate(2, 2);
  const shape = new Path2D(path);
  pen.lineJoin = 'round';
  pen.lineWidth = 3;
  pen.strokeStyle = ink['map-edge'];
  pen.stroke(shape);
  if (!hollow) {
    pen.fillStyle = colour;
    pen.fill(shape, 'evenodd');
  }
  pen.lineWidth = hollow ? 1.6 : 0.6;
  pen.strokeStyle = hollow ? colour : ink['map-edge'];
  pen.stroke(shape);
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}

function layers(ink: Ink): LayerSpecification[] {
  return [
    { id: 'replay-proposed', type: 'line', source: PROPOSED!, layout: { 'line-join': 'round' }, paint: { 'line-color': ink.accent, 'line-width': 2.4, 'line-opacity': 0.9, 'line-dasharray': ['literal', [2.5, 1.8]] } },
    { id: 'replay-way', type: 'line', source: WAYS!, layout: { 'line-join': 'round', 'line-cap': 'round' }, paint: { 'line-color': ['case', ['get', 'grey'], ink.lost, ink.ordered], 'line-width': 3, 'line-opacity': 0.75 } },
    { id: 'replay-link', type: 'line', source: LINKS!, paint: { 'line-color': ink['map-text'], 'line-width': 1.2, 'line-opacity': 0.6, 'line-dasharray': ['literal', [2, 2]] } },
    { id: 'replay-moved', type: 'line', source: PLACES!, filter: ['==', ['geometry-type'], 'LineString'], paint: { 'line-color': ink.scene, 'line-width': 2, 'line-dasharray': ['literal', [1, 1.5]] } },
    { id: 'replay-was', type: 'circle', source: PLACES!, filter: ['==', ['get', 'old'], true], paint: { 'circle-radius': 4, 'circle-color': ink['map-halo'], 'circle-stroke-color': ink.scene, 'circle-stroke-width': 2 } },
    { id: 'replay-pin', type: 'symbol', source: PLACES!, filter: ['has', 'pin'], layout: { 'icon-image': ['get', 'pin'], 'icon-anchor': 'bottom', 'icon-allow-overlap': true, 'icon-size': 1.35 } },
    {
      id: 'replay-unit', type: 'symbol', source: UNITS!,
      layout: { 'icon-image': ['get', 'shape'], 'icon-allow-overlap': true, 'text-field': ['get', 'label'], 'text-font': BOLD, 'text-size': 12, 'text-anchor': 'left', 'text-offset': [1, 0], 'text-justify': 'left', 'text-allow-overlap': true },
      paint: { 'text-color': ['case', ['get', 'grey'], ink['map-dim'], ink['map-text']], 'text-halo-color': ink['map-halo'], 'text-halo-width': 1.8 },
    },
  ];
}

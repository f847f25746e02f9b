// The map of the city as a whole: opens the ground, lays everything on it, follows the picture of the seat, says what was clicked.
// No framework in here; `MapPanel` tells it when to look again.

import type { Map as GlMap } from 'maplibre-gl';
import type { Theme } from '../core/prefs.svelte';
import { standing } from '../core/order';
import type { Seat } from '../seat/seat.svelte';
import { CallPoints } from './call_points';
import { around, boxOf, corners, lookBoxes, type Box, type Spot } from './geometry';
import { openGround, readTileSet } from './ground';
import { Incidents, pinsAt } from './incidents';
import { Jurisdictions } from './jurisdictions';
import { marksOf, UnitLabels } from './labels';
import { projector, type View } from './mercator';
import { emptySource, repaint, type Overlay } from './overlay';
import { pageInk, type Ink } from './palette';
import { drawPins } from './pins';
import { Accuracy, type Known } from './place';
import { Routes, type RouteDrawn } from './routes';
import { baseStyle, NAMES_FROM, type TileSet } from './style';
import { Columns } from './units/columns';
import { UnitsLayer } from './units/layer';
import { next, unitsAt, unitsInside } from './units/pick';

const REACH_PX = 16;
const LOOK_AFTER_MS = 300;
const MOST_BOXES = 16;
/** Of a centre no larger than this everything is followed wherever it is, so that lists beside the map stay fresh as well. */
const FOLLOW_ALL = 2_000;
const STREETS_ZOOM = 15.5;
const WORLD: Box = [-180, -85, 180, 85];

export interface Told {
  routes: readonly RouteDrawn[];
  painted: ReadonlySet<string>;
  pin: Known | null;
}

export interface Hooks {
  /** Empty ground was clicked, or what stands there is no unit and no incident. */
  ground(spot: Spot): void;
  moved(view: View): void;
  /** The drawing is gone and did not come back. */
  gone(): void;
  /** Following ended because somebody took the map. */
  loose(): void;
}

export class CityMap {
  readonly gl: GlMap;
  readonly columns = new Columns();
  readonly units: UnitsLayer;
  private readonly jurisdictions = new Jurisdictions();
  private readonly callPoints = new CallPoints();
  private readonly accuracy = new Accuracy();
  private readonly routes = new Routes();
  private readonly incidents = new Incidents();
  private readonly labels = new UnitLabels();
  private readonly overlays: Overlay[] = [this.jurisdictions, this.accuracy, this.callPoints, this.routes, this.incidents, this.labels];
  private told: Told = { routes: [], painted: new Set(), pin: null };
  private following: string | null = null;
  private packedAt = -1;
  private ink: Ink;
  private lookTimer: ReturnType<typeof setTimeout> | undefined;
  private lookedAt = '';
  private watch: ReturnType<typeof setInterval> | undefined;
  ready = false;

  private constructor(private readonly seat: Seat, container: HTMLElement, readonly tiles: TileSet | null, theme: Theme, private readonly hooks: Hooks) {
    this.ink = pageInk(theme);
    this.units = new UnitsLayer(this.columns, this.ink);
    this.gl = openGround({ container, style: baseStyle(theme, tiles, location.origin), bounds: this.home(), still: still() });
    this.gl.once('load', () => this.begin());
    this.gl.on('moveend', () => this.settle());
    this.gl.on('dragstart', () => { if (this.following) { this.following = null; this.hooks.loose(); } });
    this.gl.on('webglcontextlost', () => this.hooks.gone());
  }

  static async open(seat: Seat, container: HTMLElement, theme: Theme, hooks: Hooks): Promise<CityMap> {
    return new CityMap(seat, container, await readTileSet(seat.api).catch(() => null), theme, hooks);
  }

  close(): void {
    clearTimeout(this.lookTimer);
    clearInterval(this.watch);
    this.gl.remove();
  }

  get credit(): string {
    return this.tiles?.attribution ?? '';
  }

  get view(): View {
    const { lng, lat } = this.gl.getCenter();
    const { clientWidth: width, clientHeight: height } = this.gl.getContainer();
    return { lon: lng, lat, zoom: this.gl.getZoom(), width, height, bearing: this.gl.getBearing() };
  }

  /** west and east beyond ±180 when one looks across the antimeridian. */
  get box(): Box {
    const bounds = this.gl.getBounds();
    return [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
  }

  private begin(): void {
    const { gl } = this;
    drawPins(gl, this.ink);
    for (const overlay of this.overlays) {
      for (const source of overlay.sources) gl.addSource(source, emptySource());
      for (const layer of overlay.layers(this.ink)) {
        if (overlay === this.labels && !gl.getLayer('units')) gl.addLayer(this.units);
        gl.addLayer(layer, overlay.below && gl.getLayer(NAMES_FROM) ? NAMES_FROM : undefined);
      }
    }
    this.ready = true;
    this.showReference();
    this.showPicture();
    this.settle();
    this.watch = setInterval(() => { if (this.seat.picture.fleet.changes !== this.packedAt) this.tick(); }, 250);
  }

  /** The city's outlines, those of the own room where it has some; else its tiles, its units, the world. */
  home(): Box {
    const { jurisdictions, rooms } = this.seat.reference;
    const own = jurisdictions.filter((one) => !this.seat.room || rooms.get(one.room_id)?.lineage.includes(this.seat.room));
    const { fleet } = this.seat.picture;
    const spots = (own.length ? own : jurisdictions).flatMap((one) => corners(one.geometry));
    return boxOf(spots) ?? this.tiles?.bounds
      ?? boxOf(Array.from({ length: fleet.count }, (_, row) => [fleet.lon[row]!, fleet.lat[row]!])) ?? WORLD;
  }

  fit(): void {
    this.gl.fitBounds(this.home(), { padding: 24, animate: !still(), duration: 500 });
  }

  go({ lon, lat }: { lon: number; lat: number }, zoom = Math.max(this.gl.getZoom(), STREETS_ZOOM)): void {
    const wanted = { center: [lon, lat] as Spot, zoom };
    if (still()) this.gl.jumpTo(wanted);
    else this.gl.easeTo({ ...wanted, duration: 450 });
  }

  follow(unitId: string | null): void {
    this.following = unitId;
    this.keepUp();
  }

  tell(told: Told): void {
    this.told = told;
    this.showPicture();
  }

  retheme(theme: Theme): void {
    this.ink = pageInk(theme);
    this.units.ink = this.ink;
    if (!this.ready) return;
    repaint(this.gl, baseStyle(theme, this.tiles, location.origin).layers);
    drawPins(this.gl, this.ink);
    for (const overlay of this.overlays) repaint(this.gl, overlay.layers(this.ink));
    this.gl.triggerRepaint();
  }

  showReference(): void {
    if (!this.ready) return;
    const { seat } = this;
    const incident = seat.incidentId ? seat.picture.incidents.get(seat.incidentId) : undefined;
    this.jurisdictions.show(this.gl, seat.reference, 'police', incident?.room ?? null);
  }

  /** Incidents, presses, ways and marks: when the picture or what is selected changed. */
  showPicture(): void {
    if (!this.ready) return;
    const { seat, gl } = this;
    const { picture } = seat;
    const view = projector(this.view);
    const { width, height } = this.view;
    const inView = (lon: number, lat: number): boolean => {
      const [x, y] = view(lon, lat);
      return x >= 0 && y >= 0 && x <= width && y <= height;
    };
    this.incidents.show(gl, picture.incidents.values(), seat.incidentId, picture.newest, inView);
    this.callPoints.show(gl, seat.reference.callPoints, picture.incidents.values());
    this.routes.show(gl, this.told.routes, this.links());
    const chosen = seat.incidentId ? picture.incidents.get(seat.incidentId)?.place : null;
    this.accuracy.show(gl, [this.told.pin, chosen].filter((one): one is Known => one?.lon != null));
    this.tick();
  }

  /** Positions: once a second, and when a frame came. */
  tick(): void {
    if (!this.ready) return;
    performance.mark('units-tick');
    const { picture } = this.seat;
    const nowMs = Date.now();
    const marks = this.marks();
    if (picture.fleet.changes !== this.packedAt || marks.size || this.columns.count !== picture.fleet.count) {
      this.columns.pack(picture.fleet, marks, nowMs);
      this.units.stale = true;
      this.packedAt = picture.fleet.changes;
    }
    this.units.pulse = !still() && Math.floor(nowMs / 1000) % 2 === 0;
    this.labels.show(this.gl, {
      fleet: picture.fleet, byHandle: picture.byHandle, marks, box: lookBoxes(this.box, 0)[0]!, offDuty: this.units.offDuty, nowMs,
    });
    this.keepUp();
    this.gl.triggerRepaint();
    performance.measure('units-tick', 'units-tick');
    performance.clearMarks('units-tick');
  }

  /** A click: aiming and measuring are for whoever listens above; here a unit or an incident is chosen. */
  choose(at: [number, number]): boolean {
    const { seat } = this;
    const pins = pinsAt(seat.picture.incidents.values(), this.view, at, seat.incidentId).map(({ id, far }) => ({ incident: id, unit: null, far }));
    const units = unitsAt(seat.picture.fleet, this.view, at, REACH_PX, this.units.offDuty).flatMap(({ handle, far }) => {
      const unit = seat.picture.byHandle.get(handle);
      return unit ? [{ incident: null, unit: unit.id, far }] : [];
    });
    const found = [...pins, ...units].sort((a, b) => a.far - b.far);
    const taken = next(found, (one) => (one.incident ? one.incident === seat.incidentId : one.unit === seat.unitId));
    if (!taken) return false;
    seat.select(taken.incident ? { incident: taken.incident } : { unit: taken.unit });
    return true;
  }

  /** Ids of the units inside a rectangle of the screen. */
  unitsBetween(a: [number, number], b: [number, number]): string[] {
    const { picture } = this.seat;
    return unitsInside(picture.fleet, this.view, a, b, this.units.offDuty).flatMap((handle) => picture.byHandle.get(handle)?.id ?? []);
  }

  private marks(): Map<number, number> {
    const { picture, unitId } = this.seat;
    return marksOf({
      selected: unitId ? picture.units.get(unitId) : undefined,
      painted: [...this.told.painted].flatMap((id) => picture.units.get(id) ?? []),
      endangered: [...picture.emergencies.values()].flatMap((one) => one.handle ?? []),
    });
  }

  /** Straight lines from the selected incident to the units on it, but for those whose way is drawn. */
  private links(): [number, number][][] {
    const { picture, incidentId } = this.seat;
    const incident = incidentId ? picture.incidents.get(incidentId) : undefined;
    if (incident?.place?.lon == null) return [];
    const drawn = new Set(this.told.routes.map((one) => one.unit_id));
    return standing(incident).flatMap(({ unit_id: id }) => {
      const unit = id && !drawn.has(id) ? picture.units.get(id) : undefined;
      const row = unit ? picture.fleet.row(unit.handle) : -1;
      if (row < 0) return [];
      return [[[picture.fleet.lon[row]!, picture.fleet.lat[row]!], [incident.place!.lon!, incident.place!.lat!]] as [number, number][]];
    });
  }

  private keepUp(): void {
    const unit = this.following ? this.seat.picture.units.get(this.following) : undefined;
    const row = unit ? this.seat.picture.fleet.row(unit.handle) : -1;
    if (row < 0) return;
    const { fleet } = this.seat.picture;
    const center: Spot = [fleet.lon[row]!, fleet.lat[row]!];
    const middle = this.gl.getCenter();
    if (Math.abs(middle.lng - center[0]) < 1e-6 && Math.abs(middle.lat - center[1]) < 1e-6) return;
    this.gl.jumpTo({ center, zoom: Math.max(this.gl.getZoom(), 14) });
  }

  private settle(): void {
    this.hooks.moved(this.view);
    clearTimeout(this.lookTimer);
    this.lookTimer = setTimeout(() => this.look(), LOOK_AFTER_MS);
    this.showPicture();
  }

  /** Ask for the positions that can be seen here, and for those of the units that are spoken of elsewhere on the page. */
  private look(): void {
    const { picture, unitId, incidentId } = this.seat;
    if (picture.units.size <= FOLLOW_ALL) return this.ask([[-180, -90, 180, 90]]);
    const incident = incidentId ? picture.incidents.get(incidentId) : undefined;
    const wanted = new Set([this.following, unitId, ...this.told.painted, ...(incident ? standing(incident).map((one) => one.unit_id) : [])]);
    const boxes = lookBoxes(this.box);
    for (const id of wanted) {
      const unit = id ? picture.units.get(id) : undefined;
      const row = unit ? picture.fleet.row(unit.handle) : -1;
      if (row >= 0) boxes.push(...around([picture.fleet.lon[row]!, picture.fleet.lat[row]!], 1_500));
    }
    this.ask(boxes.slice(0, MOST_BOXES));
  }

  private ask(boxes: Box[]): void {
    const said = JSON.stringify(boxes);
    if (said === this.lookedAt) return;
    this.lookedAt = said;
    this.seat.look(boxes);
  }
}

/** Whether nothing should move by itself. */
export const still = (): boolean => matchMedia('(prefers-reduced-motion: reduce)').matches;

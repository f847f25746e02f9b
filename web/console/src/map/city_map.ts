// The map of the city as a whole: opens the ground, lays everything on it, follows the picture of the seat, says what was clicked.
// No framework in here; `MapPanel` tells it when to look again.

import type { Map as GlMap } from 'maplibre-gl';
import type { Theme } from '../core/prefs.svelte';
import { standing } from '../core/order';
import type { Camera } from '../core/cameras';
import type { CallPoint } from '../core/reference';
import type { Seat } from '../seat/seat.svelte';
import { tailsOf } from './arrivals';
import { Beats } from './beats';
import { callPointAt, CallPoints } from './call_points';
import { Cameras } from './cameras';
import { Closures } from './closures';
import { EventAreas, NO_EVENT, type EventShownOnMap } from './events';
import { Cordon } from './cordon';
import { Coverage } from './coverage';
import { Fetching } from './fetching';
import { around, boxOf, corners, lookBoxes, shared, type Box, type Spot } from './geometry';
import { readTileSet } from './ground';
import { Heat } from './heat';
import { Incidents, PINS_BELOW, PINS_ON_TOP, pinsAt } from './incidents';
import { Jurisdictions } from './jurisdictions';
import { marksOf, UnitLabels } from './labels';
import { Measure } from './measure';
import { projector, type View } from './mercator';
import { repaint, Same, turn, type Fetched, type Overlay } from './overlay';
import { Pace } from './pace';
import { pageInk, type Ink } from './palette';
import { PlacePin } from './pin';
import { drawPins } from './pins';
import { listen, type Pointed } from './pointing';
import { Posts } from './posts';
import { Accuracy, type Known } from './place';
import { Routes, type RouteDrawn } from './routes';
import { ruler } from './ruler';
import { Served } from './served';
import { StandingFacts } from './standing_facts';
import { NOTHING_SKETCHED, Sketch, type Sketched } from './sketch';
import { Asked } from './spot';
import { Sheets } from './sheets';
import { baseStyle, type TileSet } from './style';
import { GROUPS, type Group, type Switches } from './switches';
import { Track } from './track';
import { Trail } from './trail';
import { Columns } from './units/columns';
import { UnitsLayer } from './units/layer';
import { next, unitsAt, unitsInside } from './units/pick';

const REACH_PX = 16;
const LOOK_AFTER_MS = 300;
const MOST_BOXES = 16;
/** Of a centre no larger than this everything is followed wherever it is, so that lists beside the map stay fresh as well. */
const FOLLOW_ALL = 2_000;
const STREETS_ZOOM = 15.5;
const FRESH_MS = 600;
const PICTURE_EVERY_MS = 400;
const FRAME_SEEN_MS = 250;
const WORLD: Box = [-180, -85, 180, 85];

export interface Told {
  routes: readonly RouteDrawn[];
  painted: ReadonlySet<string>;
  pin: Known | null;
  events: EventShownOnMap;
  /** What is being drawn. */
  sketch: Sketched;
}

export interface Hooks {
  moved(view: View): void;
  /** The drawing is gone and did not come back. */
  gone(): void;
  /** It came back and must be opened anew. */
  back(): void;
  /** A layer has something else to say beside its name. */
  said(): void;
  /** Following ended because somebody took the map. */
  loose(): void;
}

export class CityMap {
  private readonly sheets: Sheets;
  readonly gl: GlMap;
  readonly columns = new Columns();
  readonly units: UnitsLayer;
  private readonly jurisdictions = new Jurisdictions();
  readonly callPoints = new CallPoints();
  readonly cameras = new Cameras();
  private readonly accuracy = new Accuracy();
  private readonly events = new EventAreas();
  private readonly sketch = new Sketch();
  private readonly routes = new Routes();
  private readonly trail = new Trail();
  private readonly incidents: Incidents;
  private readonly labels = new UnitLabels();
  readonly measure = new Measure();
  private readonly asked = new Asked();
  private readonly fetched: readonly Fetched[] = [new Coverage(), new Served(), new Heat(), new Beats(), new Closures(), new StandingFacts(), new Posts(), new Track(), new Cordon(), this.cameras];
  /** From the bottom to the top. */
  private readonly overlays: readonly Overlay[];
  private readonly pace = new Pace();
  readonly fetching: Fetching;
  readonly tiles: TileSet | null;
  /** Whether there are tiles was asked and not answered. */
  readonly unread: boolean;
  private readonly same = new Same();
  private told: Told = { routes: [], painted: new Set(), pin: null, events: NO_EVENT, sketch: NOTHING_SKETCHED };
  private following: string | null = null;
  private packedAt = -1;
  private ink: Ink;
  private packedMarks = '';
  private signed = '';
  private tickedMs = -Infinity;
  private size = { width: 0, height: 0 };
  private atHome = true;
  private lookTimer: ReturnType<typeof setTimeout> | undefined;
  private pictureTimer: ReturnType<typeof setTimeout> | undefined;
  private shownMs = -Infinity;
  private lookedAt = '';
  private watch: ReturnType<typeof setInterval> | undefined;
  private switches: Switches;
  ready = false;

  private constructor(private readonly seat: Seat, container: HTMLElement, ground: { tiles: TileSet | null; unread: boolean }, private readonly parts: { theme: Theme; switches: Switches; hooks: Hooks }) {
    const { theme, hooks } = parts;
    const { tiles } = ground;
    this.tiles = tiles;
    this.unread = ground.unread;
    this.switches = parts.switches;
    this.ink = pageInk(theme);
    this.units = new UnitsLayer(this.columns, this.ink);
    this.incidents = new Incidents(this.ink);
    this.overlays = [
      this.jurisdictions, ...this.fetched, this.events, this.sketch, this.accuracy, this.callPoints, this.routes, this.trail, this.incidents, this.labels, this.asked, this.measure,
    ];
    this.sheets = new Sheets({ container, style: baseStyle(theme, tiles, location.origin), bounds: this.home(), still: still() }, () => this.begin());
    this.gl = this.sheets.live;
    this.measureSize();
    this.gl.on('resize', () => { this.measureSize(); this.stayHome(); });
    this.gl.on('moveend', () => this.settle());
    this.gl.on('movestart', ({ originalEvent }: { originalEvent?: unknown }) => { if (originalEvent) this.atHome = false; });
    this.gl.on('dragstart', () => this.loosen());
    for (const sheet of this.sheets.both) sheet.on('render', () => this.pace.drawn(sheet.painter.context.gl));
    addEventListener('keydown', this.keyed, { capture: true });
    for (const sheet of this.sheets.both) {
      sheet.on('webglcontextlost', () => { this.ready = false; hooks.gone(); });
      sheet.on('webglcontextrestored', () => hooks.back());
    }
    this.fetching = new Fetching(this.gl, seat, [...this.fetched, this.callPoints], () => { this.pictureChanged(); hooks.said(); });
  }

  /** Without tiles it is a map of what the seat knows on bare ground; `unread` when nobody answered whether there are any. */
  static async open(seat: Seat, container: HTMLElement, parts: { theme: Theme; switches: Switches; hooks: Hooks }): Promise<CityMap> {
    let tiles: TileSet | null = null;
    let unread = false;
    try {
      tiles = await readTileSet(seat.api);
    } catch {
      unread = true; // the page says so and asks again when the line is back
    }
    return new CityMap(seat, container, { tiles, unread }, parts);
  }

  close(): void {
    clearTimeout(this.lookTimer);
    clearTimeout(this.pictureTimer);
    clearInterval(this.watch);
    removeEventListener('keydown', this.keyed, { capture: true });
    this.fetching.close();
    this.sheets.close();
  }

  get credit(): string {
    return this.tiles?.attribution ?? '';
  }

  get view(): View {
    const { lng, lat } = this.gl.getCenter();
    return { lon: lng, lat, zoom: this.gl.getZoom(), ...this.size, bearing: this.gl.getBearing() };
  }

  /** Kept, because asking makes the browser lay out the page. */
  private measureSize(): void {
    const { clientWidth: width, clientHeight: height } = this.gl.getContainer();
    this.size = { width, height };
  }

  /** west and east beyond ±180 when one looks across the antimeridian. */
  get box(): Box {
    const bounds = this.gl.getBounds();
    return [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
  }

  /** A round length and how wide it is. */
  get scale(): { metres: number; px: number } {
    return ruler(this.view);
  }

  /** Mark the spot that is asked about; null: none. */
  ask(spot: Spot | null): void {
    this.asked.show(this.gl, spot);
  }

  /** Draw so much finer than the screen asks, for where the drawing is enlarged afterwards. */
  refine(by: number): void {
    const ratio = devicePixelRatio * by;
    for (const sheet of this.sheets.both) if (sheet.getPixelRatio() !== ratio) sheet.setPixelRatio(ratio);
  }

  /** What a screen reader calls the map. */
  name(label: string): void {
    this.gl.getCanvas().setAttribute('aria-label', label);
  }

  pin(moved: (lon: number, lat: number) => void): PlacePin {
    return new PlacePin(this.gl, moved);
  }

  onPoint(pointed: Pointed): void {
    listen(this.gl, pointed, (a, b) => this.unitsBetween(a, b), (at) => this.under(at).length > 0 || this.cameraAt(at) !== null || this.callPointAt(at) !== null);
  }

  private begin(): void {
    const { gl } = this;
    drawPins(gl, this.ink);
    for (const overlay of this.overlays) {
      for (const layer of overlay.layers(this.ink)) {
        if (layer.id === PINS_BELOW) gl.addLayer(this.incidents.dots);
        if (layer.id === PINS_ON_TOP) gl.addLayer(this.units);
        this.sheets.add(layer, overlay.below?.has(layer.id) ?? false);
      }
    }
    this.ready = true;
    this.turn(this.switches);
    this.showReference();
    this.showPicture();
    this.settle();
    this.watch = setInterval(() => { if (this.seat.picture.fleet.changes !== this.packedAt) this.tickSoon(); }, FRAME_SEEN_MS);
  }

  /** The city's outlines, those of the own room where it has some; else its tiles, its units, the world. */
  home(): Box {
    const { jurisdictions, rooms } = this.seat.reference;
    const own = jurisdictions.filter((one) => !this.seat.room || rooms.get(one.room_id)?.lineage.includes(this.seat.room));
    const { fleet } = this.seat.picture;
    const spots = (own.length ? own : jurisdictions).flatMap((one) => corners(one.geometry));
    const outline = boxOf(spots);
    if (outline && this.tiles) return shared(outline, this.tiles.bounds); // outlines may reach far beyond the last road
    return outline ?? this.tiles?.bounds
      ?? boxOf(Array.from({ length: fleet.count }, (_, row) => [fleet.lon[row]!, fleet.lat[row]!])) ?? WORLD;
  }

  fit(): void {
    this.loosen();
    this.atHome = true;
    this.gl.fitBounds(this.home(), { padding: 24, animate: !still(), duration: 500 });
  }

  go({ lon, lat }: { lon: number; lat: number }, zoom = Math.max(this.gl.getZoom(), STREETS_ZOOM)): void {
    this.atHome = false;
    const wanted = { center: [lon, lat] as Spot, zoom };
    if (still()) this.gl.jumpTo(wanted);
    else this.gl.easeTo({ ...wanted, duration: 450 });
  }

  /** The whole city, in the room there is now, as long as nobody has looked elsewhere. */
  private stayHome(): void {
    if (this.atHome) this.gl.fitBounds(this.home(), { padding: 24, animate: false });
  }

  follow(unitId: string | null): void {
    this.following = unitId;
    this.atHome &&= !unitId;
    this.keepUp();
  }

  get followed(): string | null {
    return this.following;
  }

  private loosen(): void {
    if (!this.following) return;
    this.following = null;
    this.parts.hooks.loose();
  }

  /** Show these layers and no others. */
  turn(switches: Switches): void {
    const trade = switches.trade !== this.switches.trade;
    this.switches = { ...switches };
    this.units.offDuty = switches.off_duty;
    if (!this.ready) return;
    for (const overlay of this.overlays) {
      if (!GROUPS.includes(overlay.group as Group)) continue;
      turn(this.gl, overlay.layers(this.ink), switches[overlay.group as Group]);
    }
    for (const group of GROUPS) this.fetching.turn(group, switches[group]);
    if (trade) this.showReference();
    this.tick();
  }

  tell(told: Told): void {
    const { event, chosen, signs } = told.events;
    const { areas, corners } = told.sketch;
    if (!this.same.changed([...told.routes, ...told.painted, told.pin, event, chosen, ...signs.values(), ...areas, '', ...corners])) return;
    this.told = told;
    this.pictureChanged();
  }

  retheme(theme: Theme): void {
    this.ink = pageInk(theme);
    this.units.ink = this.ink;
    this.incidents.dots.ink = this.ink;
    if (!this.ready) return;
    repaint(this.gl, baseStyle(theme, this.tiles, location.origin).layers);
    drawPins(this.gl, this.ink);
    for (const overlay of this.overlays) repaint(this.gl, overlay.layers(this.ink));
    this.gl.triggerRepaint();
  }

  /** The city itself is another one, or what of it is shown. */
  showReference(): void {
    if (!this.ready) return;
    this.showOwner();
    this.stayHome();
  }

  /** Whose the selected incident is. */
  private showOwner(): void {
    const { seat } = this;
    const incident = seat.incidentId ? seat.picture.incidents.get(seat.incidentId) : undefined;
    this.jurisdictions.show(this.gl, seat.reference, this.switches.trade, incident?.room ?? null);
  }

  /** The picture or what is selected has changed: drawn at once, but in a flood of events not more often than anybody can follow. */
  pictureChanged(): void {
    if (this.pictureTimer) return;
    const wantedMs = performance.now();
    const look = (): void => {
      const waitMs = Math.max(this.shownMs + PICTURE_EVERY_MS - performance.now(), this.pace.waitMs(wantedMs));
      if (waitMs > 0) this.pictureTimer = setTimeout(look, waitMs);
      else this.showPicture();
    };
    this.pictureTimer = setTimeout(look);
  }

  /** Incidents, presses, ways and marks. */
  private showPicture(): void {
    clearTimeout(this.pictureTimer);
    this.pictureTimer = undefined;
    if (!this.ready) return;
    this.shownMs = performance.now();
    const { seat, gl } = this;
    const { picture } = seat;
    const view = projector(this.view);
    const { width, height } = this.view;
    const inView = (lon: number, lat: number): boolean => {
      const [x, y] = view(lon, lat);
      return x >= 0 && y >= 0 && x <= width && y <= height;
    };
    this.showOwner();
    this.incidents.show(gl, { incidents: picture.incidents.values(), chosenId: seat.incidentId, newest: picture.newest, inView });
    this.events.show(gl, picture.events.values(), this.told.events);
    this.sketch.show(gl, this.told.sketch);
    this.callPoints.show(gl, seat.reference.callPoints, picture.incidents.values());
    this.routes.show(gl, this.told.routes, this.links());
    const chosen = seat.incidentId ? picture.incidents.get(seat.incidentId)?.place : null;
    this.accuracy.show(gl, [this.told.pin, chosen].filter((one): one is Known => one?.lon != null));
    this.tick();
  }

  /** Once a second: everything ages, even when nothing came. */
  beat(): void {
    if (performance.now() - this.tickedMs > FRESH_MS) this.tickSoon();
  }

  /** Unless the map has no time for it now: it is asked again soon. Drawn only where somebody looks otherwise. */
  private tickSoon(): void {
    if (!this.ready || this.pace.waitMs(this.tickedMs) > 0) return;
    this.stand();
    if (this.units.otherwise()) this.gl.triggerRepaint();
  }

  private readonly keyed = (): void => this.pace.key();

  /** Positions, as they are now. */
  tick(): void {
    if (!this.ready) return;
    this.stand();
    this.gl.triggerRepaint();
  }

  /** Where everybody stands, what they are called, and what else moves. */
  private stand(): void {
    this.tickedMs = performance.now();
    const { picture } = this.seat;
    const nowMs = Date.now();
    const marks = this.marks();
    const said = JSON.stringify([...marks]);
    if (picture.fleet.changes !== this.packedAt || said !== this.packedMarks) {
      this.columns.pack(picture.fleet, marks, nowMs);
      this.units.stale = true;
      this.packedAt = picture.fleet.changes;
      this.packedMarks = said;
    }
    this.units.pulse = !still() && Math.floor(nowMs / 1000) % 2 === 0;
    this.sign(nowMs, marks);
    this.trail.show(this.gl, picture.incidents.values(), this.seat.incidentId, this.seat.now());
    this.fetching.tick(nowMs);
    this.keepUp();
  }

  /** Call signs: when units, marks or the view are others than the last time, and as they age. */
  private sign(nowMs: number, marks: ReadonlyMap<number, number>): void {
    const { picture, incidentId } = this.seat;
    const boxes = lookBoxes(this.box, 0);
    const of = JSON.stringify([this.packedAt, this.packedMarks, boxes, this.units.offDuty, incidentId, Math.floor(nowMs / 1000)]);
    if (of === this.signed) return;
    this.signed = of;
    this.units.inView = this.labels.show(this.gl, { fleet: picture.fleet, byHandle: picture.byHandle, marks, boxes, offDuty: this.units.offDuty, nowMs, tails: this.tails() });
  }

  /** The promised arrivals of the units on the selected incident, and of the selected unit. */
  private tails(): Map<number, string> {
    const { picture, incidentId, unitId } = this.seat;
    const ids = new Set([incidentId, unitId && picture.units.get(unitId)?.incident_id]);
    const incidents = [...ids].flatMap((id) => (id && picture.incidents.get(id)) || []);
    return tailsOf(incidents, picture.units, this.seat.now());
  }

  /** The call point under a point of the screen. */
  cameraAt(at: [number, number]): Camera | null {
    return this.switches.cameras ? this.cameras.at(this.view, at) : null;
  }

  callPointAt(at: [number, number]): CallPoint | null {
    return this.switches.call_points ? callPointAt(this.seat.reference.callPoints, this.view, at) : null;
  }

  /** A click: aiming and measuring are for whoever listens above; here a unit or an incident is chosen. */
  choose(at: [number, number]): boolean {
    const { seat } = this;
    const taken = next(this.under(at), (one) => (one.incident ? one.incident === seat.incidentId : one.unit === seat.unitId));
    if (!taken) return false;
    seat.select(taken.incident ? { incident: taken.incident } : { unit: taken.unit });
    return true;
  }

  /** Incidents and units under a point of the screen, the nearest first. */
  private under(at: [number, number]): { incident: string | null; unit: string | null; far: number }[] {
    const { seat } = this;
    const pins = pinsAt(seat.picture.incidents.values(), this.view, at, seat.incidentId).map(({ id, far }) => ({ incident: id, unit: null, far }));
    const units = unitsAt(seat.picture.fleet, this.view, at, REACH_PX, this.units.offDuty).flatMap(({ handle, far }) => {
      const unit = seat.picture.byHandle.get(handle);
      return unit ? [{ incident: null, unit: unit.id, far }] : [];
    });
    return [...pins, ...units].sort((a, b) => a.far - b.far);
  }

  unitsInView(): string[] {
    return this.unitsBetween([0, 0], [this.view.width, this.view.height]);
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
    this.parts.hooks.moved(this.view);
    clearTimeout(this.lookTimer);
    this.lookTimer = setTimeout(() => { this.look(); this.fetching.renew('facts'); }, LOOK_AFTER_MS);
    this.showPicture();
  }

  /** Ask for the positions that can be seen here, and for those of the units that are spoken of elsewhere on the page. */
  private look(): void {
    const { picture, unitId, incidentId } = this.seat;
    if (picture.units.size <= FOLLOW_ALL) return this.watchOver([[-180, -90, 180, 90]]);
    const incident = incidentId ? picture.incidents.get(incidentId) : undefined;
    const wanted = new Set([this.following, unitId, ...this.told.painted, ...(incident ? standing(incident).map((one) => one.unit_id) : [])]);
    const boxes = lookBoxes(this.box);
    for (const id of wanted) {
      const unit = id ? picture.units.get(id) : undefined;
      const row = unit ? picture.fleet.row(unit.handle) : -1;
      if (row >= 0) boxes.push(...around([picture.fleet.lon[row]!, picture.fleet.lat[row]!], 1_500));
    }
    this.watchOver(boxes.slice(0, MOST_BOXES));
  }

  private watchOver(boxes: Box[]): void {
    const said = JSON.stringify(boxes);
    if (said === this.lookedAt) return;
    this.lookedAt = said;
    this.seat.look(boxes);
  }
}

/** Whether nothing should move by itself. */
const stillness = matchMedia('(prefers-reduced-motion: reduce)');
export const still = (): boolean => stillness.matches;

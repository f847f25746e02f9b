// A plain map: outlines of jurisdictions, call points, incidents, and units where their last fix was.

import { el, LOOK, SHAPES, say } from './dom.js';
import { Ground } from './ground.js';
import { Projection } from './projection.js';
import { Taken } from './taken.js';
import { ageText, distanceText, fill, t } from './text.js';

const NEAR_PX = 16;
const LABELS_MOST = 300;
const IDLE_NAMED_MOST = 60;
const POINTS_MOST = 400;
const PINS_MOST = 500;
const NUMBERS_MOST = 150;
const SETTLING = new Set(['handled', 'fed_back', 'reviewed']);
const SOLID_S = 10;
const HOLLOW_S = 60;
const LEGEND = ['available', 'ordered', 'en_route', 'on_scene', 'busy', 'lost'];
const PATHS = Object.fromEntries(Object.entries(SHAPES).map(([name, path]) => [name, new Path2D(path)]));
const COLOURS = ['ground', 'grid', 'area', 'border', 'text', 'dim', 'halo', 'ok', 'ordered', 'enroute', 'scene', 'lost', 'idle', 'crit',
  'edge', 'p1', 'p2', 'p3', 'p4', 'on-p1', 'on-p', 'accent', 'point', 'sea',
  'green', 'street', 'road', 'rail', 'street-name'];

export class CityMap {
  constructor(seat, root) {
    this.seat = seat;
    this.root = root;
    this.projection = new Projection();
    seat.looking = this.projection; // its lon, lat: what one looks at
    this.ground = new Ground();
    this.credit = el('span.credit');
    this.fitted = false;
    this.canvas = el('canvas', { tabindex: '0', 'data-t-label': 'map.label' });
    this.ink = this.canvas.getContext('2d');
    this.under = el('span.under');
    this.stale = el('p.stale', { role: 'status', hidden: true });
    this.hint = el('p.picking', { 'data-t': 'map.pick', hidden: true });
    const button = (key, sign, act) => el('button.quiet', { type: 'button', 'data-t-label': key, 'data-t-title': key, on: { click: act } }, sign);
    this.legend = el('ul.legend', {}, ...LEGEND.map((state) => el('li', {}, shapeOf(state), el('span', { 'data-t': `legend.${state}` }))));
    root.append(
      el('h2.unseen', { id: 'map-title', 'data-t': 'map.title' }), this.canvas,
      el('div.map-tools', {}, button('map.closer', '+', () => this.#zoom(1.6)), button('map.farther', '−', () => this.#zoom(1 / 1.6)), button('map.fit', '⤢', () => this.fit())),
      this.legend, this.credit, this.under, this.hint, this.stale,
    );
    fill(root);
    this.#listen();
    this.colours();
    new ResizeObserver(() => this.#resize()).observe(root);
    seat.on('picture positions select reference', () => this.draw());
    seat.on('beat', () => { this.#freshness(); this.draw(); });
    seat.on('language', () => { fill(root); this.draw(); });
    seat.on('theme', () => { this.colours(); this.draw(); });
    seat.on('pick', () => {
      this.hint.hidden = !seat.picking;
      this.canvas.classList.toggle('aiming', Boolean(seat.picking));
      this.draw();
    });
    seat.on('ground', ({ detail }) => { this.ground.use(detail); say(this.credit, detail.credit ?? ''); this.draw(); });
    seat.on('ways', ({ detail }) => { this.ways = detail; this.draw(); });
    seat.on('go', ({ detail }) => this.go(detail.lon, detail.lat));
  }

  /** Read the theme's colours for the canvas. */
  colours() {
    const style = getComputedStyle(document.documentElement);
    this.colour = Object.fromEntries(COLOURS.map((name) => [name, style.getPropertyValue(`--map-${name}`).trim() || style.getPropertyValue(`--${name}`).trim()]));
  }

  fit() {
    const { reference, picture } = this.seat;
    const outlines = reference.outlines.flatMap((outline) => outline.rings.flat());
    const units = [...picture.positions.values()].map(({ lon, lat }) => [lon, lat]);
    this.projection.fit(outlines.length ? outlines : units);
    this.fitted = outlines.length + units.length > 0;
    this.draw();
  }

  /** Bring a place into the middle, close enough to see streets' worth of it. */
  go(lon, lat) {
    Object.assign(this.projection, { lon, lat, scale: Math.max(this.projection.scale, 0.06) });
    this.draw();
  }

  focus() {
    this.canvas.focus();
  }

  #zoom(factor, x, y) {
    this.projection.zoom(factor, x, y);
    this.draw();
  }

  #resize() {
    const { clientWidth, clientHeight } = this.root;
    if (!clientWidth || !clientHeight) return;
    const ratio = devicePixelRatio || 1;
    this.canvas.width = clientWidth * ratio;
    this.canvas.height = clientHeight * ratio;
    this.ink.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.projection.size(clientWidth, clientHeight);
    if (!this.fitted) this.fit();
    this.#paint();
  }

  draw() {
    if (this.drawing) return;
    this.drawing = true;
    requestAnimationFrame(() => {
      this.drawing = false;
      this.#paint();
    });
  }

  #paint() {
    const { ink, projection, colour } = this;
    if (!this.fitted && (this.seat.reference.outlines.length || this.seat.picture.positions.size)) this.fit();
    ink.fillStyle = colour.ground;
    ink.fillRect(0, 0, projection.width, projection.height);
    this.taken = new Taken();
    if (this.ground.sketch) this.ground.lay(ink, projection, colour, this.#family());
    else this.#grid();
    this.#areas();
    this.#callPoints();
    this.#ways();
    this.#lines();
    this.#units();
    this.#incidents();
    this.#picked();
    this.#ruler();
  }

  #grid() {
    const { ink, projection, colour } = this;
    const [, step] = projection.ruler(140);
    ink.strokeStyle = colour.grid;
    ink.lineWidth = 1;
    ink.beginPath();
    const [x0, y0] = [projection.x(this.anchor().lon) % step, projection.y(this.anchor().lat) % step];
    for (let x = x0 - step; x < projection.width + step; x += step) { ink.moveTo(Math.round(x) + 0.5, 0); ink.lineTo(Math.round(x) + 0.5, projection.height); }
    for (let y = y0 - step; y < projection.height + step; y += step) { ink.moveTo(0, Math.round(y) + 0.5); ink.lineTo(projection.width, Math.round(y) + 0.5); }
    ink.stroke();
  }

  /** A place that never moves, so that the grid does not swim. */
  anchor() {
    const [first] = this.seat.reference.outlines;
    return first ? { lon: first.middle[0], lat: first.middle[1] } : { lon: 0, lat: 0 };
  }

  #areas() {
    const { ink, projection, colour, seat } = this;
    const owner = seat.incident?.room;
    for (const outline of seat.reference.outlines) {
      ink.beginPath();
      for (const ring of outline.rings) {
        ring.forEach(([lon, lat], n) => (n ? ink.lineTo(projection.x(lon), projection.y(lat)) : ink.moveTo(projection.x(lon), projection.y(lat))));
        ink.closePath();
      }
      ink.fillStyle = colour.area;
      ink.globalAlpha = this.ground.sketch ? (outline.room === owner ? 0.5 : 0) : outline.room === owner ? 1 : 0.45;
      ink.fill('evenodd');
      ink.globalAlpha = 1;
      ink.strokeStyle = colour.border;
      ink.lineWidth = outline.room === owner ? 2 : 1;
      ink.stroke();
    }
    // Names of areas are ground, not figure: dim, without a halo, and everything else may stand on them.
    ink.font = this.#font(11, 400);
    ink.textAlign = 'center';
    ink.textBaseline = 'middle';
    ink.fillStyle = colour.dim;
    ink.globalAlpha = 0.7;
    for (const outline of seat.reference.outlines) {
      ink.fillText(outline.name || seat.reference.roomName(outline.room), projection.x(outline.middle[0]), projection.y(outline.middle[1]));
    }
    ink.globalAlpha = 1;
  }

  #callPoints() {
    const { ink, projection, colour } = this;
    if (projection.scale < 0.008) return;
    const shown = this.seat.reference.callPoints.filter((point) => this.#inside(point.lon, point.lat)).slice(0, POINTS_MOST);
    ink.strokeStyle = colour.point;
    ink.lineWidth = 1.2;
    for (const { lon, lat } of shown) {
      const [x, y] = [projection.x(lon), projection.y(lat)];
      ink.strokeRect(x - 3, y - 3, 6, 6);
      ink.beginPath();
      ink.moveTo(x, y - 1.5);
      ink.lineTo(x, y + 1.5);
      ink.stroke();
    }
    if (projection.scale < 0.05) return;
    ink.font = this.#font(11, 400);
    for (const { name, lon, lat } of shown.slice(0, 60)) this.#label(name, projection.x(lon), projection.y(lat) + 13, colour.dim);
  }

  /** The ways of the proposed units to the selected incident: along the roads where they are known. */
  #ways() {
    const { ink, projection, colour, seat } = this;
    const { incident } = seat;
    if (incident?.place?.lon == null) return;
    ink.strokeStyle = colour.accent;
    ink.lineJoin = 'round';
    for (const { handle, line, painted } of [...this.ways ?? []].sort((a, b) => a.painted - b.painted)) {
      const place = seat.picture.positions.get(handle);
      const corners = line ?? (place ? [[place.lon, place.lat], [incident.place.lon, incident.place.lat]] : []);
      ink.setLineDash(line ? [] : [5, 4]);
      ink.lineWidth = painted ? 3.5 : 2;
      ink.globalAlpha = painted ? 0.9 : 0.45;
      ink.beginPath();
      for (const [lon, lat] of corners) ink.lineTo(projection.x(lon), projection.y(lat));
      ink.stroke();
    }
    ink.setLineDash([]);
    ink.globalAlpha = 1;
  }

  /** From the selected incident to the units on it. */
  #lines() {
    const { ink, projection, colour, seat } = this;
    const { incident } = seat;
    if (incident?.place?.lon == null) return;
    ink.setLineDash([5, 4]);
    ink.lineWidth = 1.5;
    ink.strokeStyle = colour.accent;
    for (const order of incident.assignments) {
      const unit = seat.picture.units.get(order.unit_id);
      const place = unit?.assignment_id === order.id && seat.picture.positions.get(unit.handle);
      if (!place) continue;
      ink.beginPath();
      ink.moveTo(projection.x(place.lon), projection.y(place.lat));
      ink.lineTo(projection.x(incident.place.lon), projection.y(incident.place.lat));
      ink.stroke();
    }
    ink.setLineDash([]);
  }

  #units() {
    const { ink, projection, colour, seat } = this;
    const labels = [];
    for (const place of seat.picture.positions.values()) {
      if (!this.#inside(place.lon, place.lat)) continue;
      const unit = seat.picture.byHandle.get(place.handle);
      if (!unit || unit.duty === 'off_duty') continue;
      const [x, y] = [projection.x(place.lon), projection.y(place.lat)];
      const age = seat.picture.fixAge(place.handle, Date.now());
      const gone = age > HOLLOW_S || place.quality === 'lost';
      const [shape, name] = gone ? [LOOK[unit.state]?.[0] ?? 'ring', 'lost'] : LOOK[unit.state] ?? LOOK.lost;
      if (place.heading !== null && !gone && place.speed > 1) this.#arrow(x, y, place.heading, colour[name]);
      this.#shape(shape, x, y, unit.id === seat.unitId ? 9 : 7, colour[name], age > SOLID_S || place.quality === 'doubtful');
      if (unit.id === seat.unitId) this.#ringAround(x, y, 14);
      labels.push({ x, y: y + 18, age: gone ? age : null, unit, near: unit.id === seat.unitId || unit.state !== 'available' });
    }
    if (labels.length > LABELS_MOST) return;
    const close = labels.length <= IDLE_NAMED_MOST;
    ink.font = this.#font(12, 500);
    labels.sort((a, b) => b.near - a.near);
    for (const { x, y, age, unit, near } of labels) {
      if (!near && !close) continue; // seen from afar only who is on a job has a name
      this.#label(age === null ? unit.call_sign : `${unit.call_sign} ${ageText(age)}`, x, y, age === null ? colour.text : colour.dim);
    }
  }

  #incidents() {
    const { ink, projection, colour, seat } = this;
    const shown = [...seat.picture.incidents.values()].filter(({ place }) => place?.lon != null && this.#inside(place.lon, place.lat));
    // The later is drawn on top: what is settled below, the pressing above, the chosen one above all.
    shown.sort((a, b) => (a.id === seat.incidentId) - (b.id === seat.incidentId) || SETTLING.has(b.state) - SETTLING.has(a.state)
      || b.priority - a.priority);
    for (const incident of shown) {
      const [x, y] = [projection.x(incident.place.lon), projection.y(incident.place.lat)];
      const chosen = incident.id === seat.incidentId;
      if (shown.length <= PINS_MOST || chosen) this.#pin(x, y, incident.priority, chosen, SETTLING.has(incident.state));
      else this.#dot(x, y, incident.priority);
    }
    ink.font = this.#font(12, 600);
    for (const incident of shown) {
      if (incident.id === seat.incidentId || (incident.state === 'received' && shown.length <= NUMBERS_MOST)) {
        const { place } = incident;
        this.#label(incident.number, projection.x(place.lon), projection.y(place.lat) - 31, colour.text);
      }
    }
  }

  #pin(x, y, priority, chosen, settled) {
    const { ink, colour } = this;
    const size = chosen ? 12 : 9.5;
    ink.globalAlpha = settled ? 0.55 : 1;
    ink.beginPath();
    ink.moveTo(x, y);
    ink.arc(x, y - size * 1.55, size, Math.PI * 0.82, Math.PI * 0.18);
    ink.closePath();
    ink.fillStyle = colour[`p${priority}`];
    ink.fill();
    ink.lineWidth = chosen ? 2.5 : 1.2;
    ink.strokeStyle = chosen ? colour.text : colour.edge;
    ink.stroke();
    ink.fillStyle = colour[priority === 1 ? 'on-p1' : 'on-p'];
    ink.font = this.#font(chosen ? 14 : 12, 700);
    ink.textAlign = 'center';
    ink.textBaseline = 'middle';
    ink.fillText(String(priority), x, y - size * 1.5);
    ink.globalAlpha = 1;
    this.taken.take([x - size, y - size * 2.6, x + size, y]);
  }

  /** An incident among so many that pins would hide each other. */
  #dot(x, y, priority) {
    this.ink.fillStyle = this.colour[`p${priority}`];
    this.ink.fillRect(x - 3, y - 3, 6, 6);
  }

  #picked() {
    const { ink, projection, colour, seat } = this;
    if (!seat.picked) return;
    const [x, y] = [projection.x(seat.picked.lon), projection.y(seat.picked.lat)];
    ink.strokeStyle = colour.accent;
    ink.lineWidth = 2;
    ink.beginPath();
    ink.arc(x, y, 10, 0, 2 * Math.PI);
    ink.moveTo(x - 16, y);
    ink.lineTo(x + 16, y);
    ink.moveTo(x, y - 16);
    ink.lineTo(x, y + 16);
    ink.stroke();
  }

  #ruler() {
    const { ink, projection, colour } = this;
    const [metres, pixels] = projection.ruler(120);
    const [x, y] = [projection.width - 14, projection.height - 14];
    ink.strokeStyle = colour.dim;
    ink.lineWidth = 1.5;
    ink.beginPath();
    ink.moveTo(x - pixels, y - 5);
    ink.lineTo(x - pixels, y);
    ink.lineTo(x, y);
    ink.lineTo(x, y - 5);
    ink.stroke();
    ink.font = this.#font(11, 500);
    ink.fillStyle = colour.dim;
    ink.textAlign = 'right';
    ink.textBaseline = 'bottom';
    ink.fillText(distanceText(metres), x - 4, y - 2);
  }

  #shape(shape, x, y, radius, fillColour, hollow) {
    const { ink, colour } = this;
    const factor = radius / 6;
    ink.save();
    ink.translate(x - radius, y - radius);
    ink.scale(factor, factor);
    ink.lineWidth = (hollow ? 2 : 2.4) / factor;
    ink.lineJoin = 'round';
    ink.strokeStyle = hollow ? fillColour : colour.edge;
    ink.stroke(PATHS[shape]);
    ink.fillStyle = hollow ? colour.ground : fillColour;
    ink.fill(PATHS[shape], 'evenodd');
    ink.restore();
  }

  #arrow(x, y, heading, strokeColour) {
    const { ink } = this;
    const angle = (heading - 90) * Math.PI / 180;
    ink.strokeStyle = strokeColour;
    ink.lineWidth = 2;
    ink.beginPath();
    ink.moveTo(x, y);
    ink.lineTo(x + 15 * Math.cos(angle), y + 15 * Math.sin(angle));
    ink.stroke();
  }

  #ringAround(x, y, radius) {
    this.ink.strokeStyle = this.colour.text;
    this.ink.lineWidth = 2;
    this.ink.beginPath();
    this.ink.arc(x, y, radius, 0, 2 * Math.PI);
    this.ink.stroke();
  }

  /** A label with a halo, unless another one already stands there. */
  #label(text, x, y, fillColour) {
    const { ink, colour } = this;
    const half = ink.measureText(text).width / 2 + 2;
    const box = [x - half, y - 8, x + half, y + 7];
    if (!this.taken.isFree(box)) return;
    this.taken.take(box);
    ink.textAlign = 'center';
    ink.textBaseline = 'middle';
    ink.lineWidth = 3;
    ink.strokeStyle = colour.halo;
    ink.strokeText(text, x, y);
    ink.fillStyle = fillColour;
    ink.fillText(text, x, y);
  }

  #font(size, weight) {
    return `${weight} ${size}px ${this.#family()}`;
  }

  #family() {
    this.family ??= getComputedStyle(document.body).fontFamily;
    return this.family;
  }

  #inside(lon, lat) {
    const [x, y] = [this.projection.x(lon), this.projection.y(lat)];
    return x > -30 && y > -40 && x < this.projection.width + 30 && y < this.projection.height + 40;
  }

  #freshness() {
    const dead = this.seat.freshness() === 'dead';
    this.root.classList.toggle('dead', dead);
    this.stale.hidden = !dead;
    if (dead) {
      const silence = this.seat.feed?.silence(Date.now()) ?? Infinity;
      say(this.stale, Number.isFinite(silence) ? t('map.stale', { n: Math.floor(silence / 1000) }) : t('map.never'));
    }
  }

  /** The incident or unit under a pixel, incidents first. */
  #at(x, y) {
    const { projection, seat } = this;
    const near = (lon, lat, up = 0) => Math.hypot(projection.x(lon) - x, projection.y(lat) - up - y);
    let best = { distance: NEAR_PX };
    const better = (distance, found) => { if (distance < best.distance) best = { distance, ...found }; };
    for (const place of seat.picture.positions.values()) {
      const unit = seat.picture.byHandle.get(place.handle);
      if (unit) better(near(place.lon, place.lat), { unit: unit.id });
    }
    for (const incident of seat.picture.incidents.values()) {
      if (incident.place?.lon != null) better(near(incident.place.lon, incident.place.lat, 14) - 4, { incident: incident.id });
    }
    return best;
  }

  #listen() {
    const { canvas, projection } = this;
    const pointers = new Map();
    let moved = 0;
    canvas.addEventListener('pointerdown', (event) => {
      canvas.setPointerCapture(event.pointerId);
      pointers.set(event.pointerId, event);
      if (pointers.size === 1) moved = 0;
    });
    canvas.addEventListener('pointermove', (event) => {
      this.#tellUnder(event);
      const before = pointers.get(event.pointerId);
      if (!before) return;
      moved += Math.hypot(event.offsetX - before.offsetX, event.offsetY - before.offsetY);
      if (pointers.size === 2) this.#pinch(pointers, event, before);
      else projection.pan(event.offsetX - before.offsetX, event.offsetY - before.offsetY);
      pointers.set(event.pointerId, event);
      this.draw();
    });
    canvas.addEventListener('pointerup', (event) => {
      pointers.delete(event.pointerId);
      if (moved < 5) this.#tap(event.offsetX, event.offsetY);
    });
    canvas.addEventListener('pointercancel', (event) => pointers.delete(event.pointerId));
    canvas.addEventListener('wheel', (event) => {
      event.preventDefault();
      this.#zoom(Math.exp(-event.deltaY * 0.0016), event.offsetX, event.offsetY);
    }, { passive: false });
    canvas.addEventListener('keydown', (event) => this.#key(event));
  }

  #pinch(pointers, event, before) {
    const [other] = [...pointers.values()].filter((one) => one.pointerId !== event.pointerId);
    const was = Math.hypot(before.offsetX - other.offsetX, before.offsetY - other.offsetY);
    const is = Math.hypot(event.offsetX - other.offsetX, event.offsetY - other.offsetY);
    if (was > 0) this.projection.zoom(is / was, other.offsetX, other.offsetY);
  }

  #tap(x, y) {
    const { seat } = this;
    if (seat.picking) {
      const [lon, lat] = this.projection.place(x, y);
      seat.picking({ lon, lat });
      return;
    }
    const found = this.#at(x, y);
    if (found.incident) seat.select({ incident: found.incident });
    else if (found.unit) seat.select({ incident: seat.incidentId, unit: found.unit });
  }

  #tellUnder(event) {
    const [lon, lat] = this.projection.place(event.offsetX, event.offsetY);
    say(this.under, `${lon.toFixed(5)}, ${lat.toFixed(5)}`);
  }

  #key(event) {
    const pans = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] };
    if (pans[event.key]) {
      this.projection.pan(...pans[event.key]);
      this.draw();
    } else if (event.key === '+' || event.key === '=') this.#zoom(1.4);
    else if (event.key === '-') this.#zoom(1 / 1.4);
    else if (event.key === '0') this.fit();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

function shapeOf(state) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 12 12');
  svg.setAttribute('aria-hidden', 'true');
  svg.setAttribute('class', `glyph ${LOOK[state][1]}`);
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', SHAPES[LOOK[state][0]]);
  svg.append(path);
  return svg;
}

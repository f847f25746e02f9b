// The ground under the map: sea, green, rails and streets, drawn once per view into a canvas of its own.

import { Taken } from './taken.js';

const WIDTHS_PX = [0, 4.2, 3.4, 2.6, 2, 1.4, 1]; // by class, expressway to lane, at the scale of a district
const SHOWN_FROM = [0, 0, 0, 0.006, 0.012, 0.025, 0.06]; // pixels a metre from which a class is drawn
const NAMED_FROM = [0, 0.03, 0.04, 0.06, 0.1, 0.2, 0.35];
const PLACES_FROM = { suburb: 0.012, hospital: 0.03, station: 0.03, mall: 0.05, square: 0.04, university: 0.04 };
const PLACES_ELSE_FROM = 0.12;

/** The drawing of GET /ground as longitudes and latitudes; lines come as steps from an origin. */
export function unfold(sketch) {
  const { origin: [lon0, lat0], unit } = sketch;
  const line = (steps) => {
    const points = [];
    let [x, y] = [0, 0];
    for (let n = 0; n + 1 < steps.length; n += 2) {
      [x, y] = [x + steps[n], y + steps[n + 1]];
      points.push([lon0 + x * unit, lat0 + y * unit]);
    }
    return points;
  };
  const lines = (shapes) => shapes.map((shape) => ({ ...shape, line: line(shape.line) }));
  return {
    credit: sketch.credit,
    bounds: sketch.bounds,
    sea: sketch.sea.map(line), water: lines(sketch.water), green: lines(sketch.green), rails: lines(sketch.rails),
    streets: lines(sketch.streets).sort((a, b) => b.class - a.class),
    places: sketch.places.map(({ kind, name, at: [x, y] }) => ({ kind, name, lon: lon0 + x * unit, lat: lat0 + y * unit })),
  };
}

export class Ground {
  constructor() {
    this.sketch = null;
    this.sheet = document.createElement('canvas');
    this.drawn = '';
  }

  use(sketch) {
    this.sketch = sketch && unfold(sketch);
    this.drawn = '';
  }

  /** Lay the ground under `ink`; drawn anew only when the view, the size or the colours have changed. */
  lay(ink, projection, colour, family) {
    if (!this.sketch) return;
    const ratio = devicePixelRatio || 1;
    const { lon, lat, scale, width, height } = projection;
    const key = [lon, lat, scale, width, height, ratio, colour.street, colour.sea].join();
    if (key !== this.drawn) {
      this.drawn = key;
      Object.assign(this.sheet, { width: width * ratio, height: height * ratio });
      const under = this.sheet.getContext('2d');
      under.setTransform(ratio, 0, 0, ratio, 0, 0);
      this.#draw(under, projection, colour, family);
    }
    ink.drawImage(this.sheet, 0, 0, width, height);
  }

  #draw(ink, projection, colour, family) {
    const { sea, water, green, rails, streets } = this.sketch;
    ink.lineJoin = 'round';
    ink.lineCap = 'round';
    this.#fill(ink, projection, green, colour.green);
    this.#fill(ink, projection, sea.map((line) => ({ line })), colour.sea);
    this.#fill(ink, projection, water, colour.sea);
    const zoom = Math.min(2.4, Math.max(0.35, Math.sqrt(projection.scale / 0.06)));
    for (const { line } of rails) this.#stroke(ink, projection, line, colour.rail, 1.2, [6, 4]);
    for (const street of streets) {
      if (projection.scale < SHOWN_FROM[street.class]) continue;
      this.#stroke(ink, projection, street.line, street.class <= 2 ? colour.road : colour.street, WIDTHS_PX[street.class] * zoom);
    }
    this.#names(ink, projection, colour, family);
  }

  #path(ink, projection, line) {
    line.forEach(([lon, lat], n) => {
      if (n) ink.lineTo(projection.x(lon), projection.y(lat));
      else ink.moveTo(projection.x(lon), projection.y(lat));
    });
  }

  #fill(ink, projection, shapes, fillColour) {
    ink.fillStyle = fillColour;
    for (const { line } of shapes) {
      ink.beginPath();
      this.#path(ink, projection, line);
      ink.closePath();
      ink.fill('evenodd');
    }
  }

  #stroke(ink, projection, line, strokeColour, width, dash = []) {
    ink.strokeStyle = strokeColour;
    ink.lineWidth = width;
    ink.setLineDash(dash);
    ink.beginPath();
    this.#path(ink, projection, line);
    ink.stroke();
    ink.setLineDash([]);
  }

  /** Names of streets and places, each once where it is long enough, none over another. */
  #names(ink, projection, colour, family) {
    const taken = new Taken();
    const said = new Set();
    ink.font = `400 11px ${family}`;
    ink.textAlign = 'center';
    ink.textBaseline = 'middle';
    ink.lineWidth = 3;
    const write = (name, lon, lat) => {
      const [x, y] = [projection.x(lon), projection.y(lat)];
      if (x < 0 || y < 0 || x > projection.width || y > projection.height) return;
      const half = ink.measureText(name).width / 2 + 8;
      const box = [x - half, y - 9, x + half, y + 9];
      if (!taken.isFree(box)) return;
      taken.take(box);
      ink.strokeStyle = colour.halo;
      ink.strokeText(name, x, y);
      ink.fillStyle = colour['street-name'];
      ink.fillText(name, x, y);
      said.add(name);
    };
    for (const { kind, name, lon, lat } of this.sketch.places) {
      if (projection.scale >= (PLACES_FROM[kind] ?? PLACES_ELSE_FROM)) write(name, lon, lat);
    }
    for (const street of [...this.sketch.streets].reverse()) {
      if (!street.name || said.has(street.name) || projection.scale < NAMED_FROM[street.class]) continue;
      const [lon, lat] = street.line[Math.floor(street.line.length / 2)];
      write(street.name, lon, lat);
    }
  }
}

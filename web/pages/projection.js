// From degrees to pixels and back: a plane around the middle of the view, good for a city.

const METRES_PER_DEGREE = 111320;
const CLOSEST = 2; // pixels a metre
const FARTHEST = 1 / 2000;

export class Projection {
  constructor() {
    this.lon = 0;
    this.lat = 0;
    this.scale = 0.02;
    this.width = 1;
    this.height = 1;
  }

  size(width, height) {
    this.width = Math.max(1, width);
    this.height = Math.max(1, height);
  }

  get #shrink() {
    return Math.cos(this.lat * Math.PI / 180);
  }

  x(lon) {
    return this.width / 2 + (lon - this.lon) * METRES_PER_DEGREE * this.#shrink * this.scale;
  }

  y(lat) {
    return this.height / 2 - (lat - this.lat) * METRES_PER_DEGREE * this.scale;
  }

  /** [lon, lat] under a pixel. */
  place(x, y) {
    return [
      this.lon + (x - this.width / 2) / (METRES_PER_DEGREE * this.#shrink * this.scale),
      this.lat - (y - this.height / 2) / (METRES_PER_DEGREE * this.scale),
    ];
  }

  /** Show all of these [lon, lat], with some air around. */
  fit(points) {
    if (!points.length) return;
    const lons = points.map(([lon]) => lon);
    const lats = points.map(([, lat]) => lat);
    const [west, east] = [lons.reduce((a, b) => Math.min(a, b)), lons.reduce((a, b) => Math.max(a, b))];
    const [south, north] = [lats.reduce((a, b) => Math.min(a, b)), lats.reduce((a, b) => Math.max(a, b))];
    this.lon = (west + east) / 2;
    this.lat = (south + north) / 2;
    const wide = Math.max((east - west) * METRES_PER_DEGREE * this.#shrink, 400);
    const high = Math.max((north - south) * METRES_PER_DEGREE, 400);
    this.#zoomTo(Math.min(this.width / wide, this.height / high) * 0.92);
  }

  pan(dx, dy) {
    [this.lon, this.lat] = this.place(this.width / 2 - dx, this.height / 2 - dy);
    this.lat = Math.max(-85, Math.min(85, this.lat));
  }

  /** Zoom and keep what lies under (x, y) there. */
  zoom(factor, x = this.width / 2, y = this.height / 2) {
    const [lon, lat] = this.place(x, y);
    this.#zoomTo(this.scale * factor);
    this.lat += lat - this.place(x, y)[1]; // first: how wide a degree is depends on it
    this.lon += lon - this.place(x, y)[0];
  }

  #zoomTo(scale) {
    this.scale = Math.max(FARTHEST, Math.min(CLOSEST, scale));
  }

  /** A round distance of about `pixels`: [metres, its pixels]. */
  ruler(pixels) {
    const most = pixels / this.scale;
    const ten = 10 ** Math.floor(Math.log10(most));
    const metres = [5, 2, 1].map((n) => n * ten).find((n) => n <= most) ?? ten;
    return [metres, metres * this.scale];
  }
}

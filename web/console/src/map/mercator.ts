// Web Mercator as the map uses it: the world is a square of side 1, x to the east, y to the south. Pure.

const EARTH_M = 40_075_016.686;
const TILE_PX = 512;

export const mercatorX = (lon: number): number => lon / 360 + 0.5;

export function mercatorY(lat: number): number {
  const sin = Math.sin((Math.max(-85.0511, Math.min(85.0511, lat)) * Math.PI) / 180);
  return 0.5 - Math.log((1 + sin) / (1 - sin)) / (4 * Math.PI);
}

export const lonOf = (x: number): number => (x - 0.5) * 360;
export const latOf = (y: number): number => (Math.atan(Math.exp((0.5 - y) * 2 * Math.PI)) * 360) / Math.PI - 90;

/** The shorter way from one x to another, across the antimeridian where that is nearer. */
export const shorter = (dx: number): number => dx - Math.round(dx);

export const metresPerPixel = (lat: number, zoom: number): number =>
  (EARTH_M * Math.cos((lat * Math.PI) / 180)) / (TILE_PX * 2 ** zoom);

/** What one looks at: the middle, the zoom and the size in px; north is up unless turned by `bearing` degrees. */
export interface View {
  lon: number;
  lat: number;
  zoom: number;
  width: number;
  height: number;
  bearing: number;
}

/** Makes lon, lat into px from the upper left corner; the nearest copy of the world counts. */
export function projector(view: View): (lon: number, lat: number) => [x: number, y: number] {
  const [x0, y0] = [mercatorX(view.lon), mercatorY(view.lat)];
  const side = TILE_PX * 2 ** view.zoom;
  const angle = (-view.bearing * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle) * side, Math.sin(angle) * side];
  const [middleX, middleY] = [view.width / 2, view.height / 2];
  return (lon, lat) => {
    const dx = shorter(mercatorX(lon) - x0);
    const dy = mercatorY(lat) - y0;
    return [middleX + dx * cos - dy * sin, middleY + dx * sin + dy * cos];
  };
}

// How far and in which direction something is from here, over the ground in a straight line. Pure.

const RADIUS_M = 6_371_008.8;
const RAD = Math.PI / 180;

export interface Point {
  lon: number;
  lat: number;
}

/** Metres along the great circle (haversine). */
export function distanceM(a: Point, b: Point): number {
  const [lat, lon] = [(b.lat - a.lat) * RAD, (b.lon - a.lon) * RAD];
  const h = Math.sin(lat / 2) ** 2 + Math.cos(a.lat * RAD) * Math.cos(b.lat * RAD) * Math.sin(lon / 2) ** 2;
  return 2 * RADIUS_M * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** Degrees from north, clockwise, in which `b` lies as seen from `a`. */
export function bearingDeg(a: Point, b: Point): number {
  const lon = (b.lon - a.lon) * RAD;
  const y = Math.sin(lon) * Math.cos(b.lat * RAD);
  const x = Math.cos(a.lat * RAD) * Math.sin(b.lat * RAD) - Math.sin(a.lat * RAD) * Math.cos(b.lat * RAD) * Math.cos(lon);
  return (Math.atan2(y, x) / RAD + 360) % 360;
}

/** Which of the eight winds: 0 north, 1 north-east, and so on. */
export const windOf = (bearing: number): number => Math.round(bearing / 45) % 8;

// The scale of the map as a round length and how wide it is on the screen. Pure.

import { metresPerPixel, type View } from './mercator';

/** The longest of 1, 2, 5 times a power of ten metres that is no wider than `widest` px. */
export function ruler(view: View, widest = 110): { metres: number; px: number } {
  const each = metresPerPixel(view.lat, view.zoom);
  const most = each * widest;
  const ten = 10 ** Math.floor(Math.log10(most));
  const metres = most >= 5 * ten ? 5 * ten : most >= 2 * ten ? 2 * ten : ten;
  return { metres, px: metres / each };
}

// Whether this machine can draw the map at all, and the map itself, which is fetched only then: it is larger than all the rest.

/** No WebGL2, or the browser gave none just now. */
export class CannotDraw extends Error {}

/** `?list=1` says no on purpose. Asks nothing of the graphics card, which takes long to answer. */
export function canDraw(search: string): boolean {
  return new URLSearchParams(search).get('list') !== '1' && 'WebGL2RenderingContext' in globalThis;
}

export const opener = (): Promise<typeof import('./city_map')> => import('./city_map');

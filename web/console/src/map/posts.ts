// Fixed positions 岗: where somebody stands at set times; full where a unit stands there now.

import type { LayerSpecification } from 'maplibre-gl';
import type { components } from '../core/schema';
import { fill, point, type Fetched, type Reading } from './overlay';
import type { Ink } from './palette';
import { BOLD, REGULAR } from './style';

type Post = components['schemas']['FixedPosition'];
const POSTS = 'posts';

export class Posts implements Fetched {
  readonly group = 'posts';
  readonly everyS = 60;
  readonly nouns = ['fixed_position'];

  layers(ink: Ink): LayerSpecification[] {
    return [
      {
        id: 'post', type: 'circle', source: POSTS, minzoom: 10,
        paint: {
          'circle-radius': ['interpolate', ['linear'], ['zoom'], 11, 2.5, 13, 8], 'circle-color': ['case', ['get', 'held'], ink.post, ink['map-halo']],
          'circle-stroke-color': ink.post, 'circle-stroke-width': 1.5,
        },
      },
      {
        id: 'post-sign', type: 'symbol', source: POSTS, minzoom: 13,
        layout: { 'text-field': '岗', 'text-font': BOLD, 'text-size': 10, 'text-allow-overlap': true, 'text-ignore-placement': true },
        paint: { 'text-color': ['case', ['get', 'held'], ink['map-halo'], ink.post] },
      },
      {
        id: 'post-name', type: 'symbol', source: POSTS, minzoom: 14,
        layout: { 'text-field': ['get', 'text'], 'text-font': REGULAR, 'text-size': 11, 'text-anchor': 'bottom', 'text-offset': [0, -0.9], 'text-max-width': 10 },
        paint: { 'text-color': ink.post, 'text-halo-color': ink['map-halo'], 'text-halo-width': 1.6 },
      },
    ];
  }

  async read({ map, seat }: Reading): Promise<string> {
    const { items } = await seat.api.get<{ items: Post[] }>('/admin/fixed-positions');
    const holders = new Map<string, string[]>();
    for (const unit of seat.picture.units.values()) {
      if (unit.post) holders.set(unit.post.id, [...(holders.get(unit.post.id) ?? []), unit.call_sign]);
    }
    fill(map, POSTS, items.map((one) => {
      const here = holders.get(one.id) ?? [];
      return point(one.lon, one.lat, { held: here.length > 0, text: [one.name, ...here].join('\n') });
    }));
    return items.length ? `${holders.size}/${items.length}` : '';
  }
}

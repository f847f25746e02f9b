// What is told of a sighting: what was left empty is not known, and nothing that was typed makes it wrong.

import { describe, expect, it } from 'vitest';
import { sightingOf } from '../src/pages/desk/detail/borders';

describe('a sighting', () => {
  it('says where, whither and how fast, in the units of the server', () => {
    expect(sightingOf(114, 22.5, { heading: '90', speed: '72', text: ' 白色轿车 ' })).toEqual({ lon: 114, lat: 22.5, source: 'seat', heading: 90, speed: 20, text: '白色轿车' });
  });

  it('leaves out what nobody knows', () => {
    expect(sightingOf(114, 22.5, { heading: '', speed: 'fast', text: ' ' })).toEqual({ lon: 114, lat: 22.5, source: 'seat' });
  });
});

// Promise: of all that may be done with an incident, what is likely now is seen at once, and red is what does harm.

import { describe, expect, it } from 'vitest';
import type { Incident } from '../src/core/types';
import { DeskState } from '../src/pages/desk/desk.svelte';
import { IncidentActs } from '../src/pages/desk/detail/acts';
import { incident, seated } from './seated';

describe('the acts on an incident', () => {
  const of = (one: Incident) => new IncidentActs(new DeskState(seated(one).seat), one).all;
  const likely = (one: Incident): string[] => of(one).filter(({ likely: n }) => n).sort((a, b) => a.likely! - b.likely!).map(({ key }) => key);

  it('are two or three that stand out, by how far it is', () => {
    expect(likely(incident('a'))).toEqual(['n', 'l', 'd']);
    expect(likely(incident('a', { state: 'on_scene' }))).toEqual(['s', 'n', 't']);
    expect(likely(incident('a', { place: null, type_reported: null }))).toEqual(['p', 't', 'n']);
    expect(likely(incident('a', { state: 'en_route', backups: [{ id: 'b', answered_at: null }] }))[0]).toBe('q');
  });

  it('are red only where harm is done, and rare ones stand in the menu alone', () => {
    const all = of(incident('a', { alarms: [{ id: 'x', called_back: null }, { id: 'y', called_back: null }], absorbed: [{ id: 'z', number: 'J-z' }] }));
    expect(all.filter(({ danger }) => danger).map(({ key }) => key)).toEqual(['v']);
    expect(all.filter(({ rare }) => rare).map(({ key }) => key)).toEqual(expect.arrayContaining(['y', 'w', 'x']));
  });

  it('keep their keys', () => {
    expect(of(incident('a')).map(({ key }) => key).join('')).toBe('n8tlp1ihxmosdv02');
  });
});

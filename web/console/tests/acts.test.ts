// Promise: what the page offers is what the server's table of acts allows, no more and no less.

import { describe, expect, it } from 'vitest';
import acts from '../../../dispatch/acts.csv?raw';
import { LINES, mayIn } from '../src/core/acts';

const ROLES = ['call_taker', 'dispatcher', 'leader', 'supervisor', 'reviewer'];
const table = acts.trim().split('\n').slice(1).map((row) => {
  const [act, noun, roles, , states] = row.split(',') as [string, string, string, string, string];
  return { act: `${noun}.${act}`, roles: roles.split(' '), states: states === '*' ? null : states.split(' ') };
});
const STATES = [...new Set(table.flatMap(({ states }) => states ?? []))];

describe('the table of acts', () => {
  it.each([...new Set(LINES.map(({ act }) => act))])('%s is allowed exactly where the server allows it', (act) => {
    const lines = table.filter((one) => one.act === act);
    expect(lines.length).toBeGreaterThan(0);
    for (const role of ROLES) {
      for (const state of STATES) {
        const allowed = lines.some(({ roles, states }) => roles.includes(role) && (states?.includes(state) ?? true));
        expect(mayIn(act, [role], state), `${act} by ${role} at ${state}`).toBe(allowed);
      }
    }
  });

  it('knows no act that is not named', () => {
    expect(mayIn('incident.forget', ['leader'], 'received')).toBe(false);
  });
});

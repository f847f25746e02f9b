import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';

import { decodePositions } from '../../web/pages/wire.js';

// Written by the server's own encoder just before this runs.
const { frame, tick_ms: tickMs, units } = JSON.parse(readFileSync(process.env.POSITION_FRAME, 'utf8'));
const bytes = Uint8Array.from(Buffer.from(frame, 'hex')).buffer;

test('the page reads what the server wrote', () => {
  const read = decodePositions(bytes);
  assert.equal(read.tickMs, tickMs);
  assert.equal(read.units.length, units.length);
  units.forEach((expected, n) => {
    const { ageS, ...unit } = read.units[n];
    assert.deepEqual(unit, expected.unit);
    assert.equal(ageS, expected.age_s ?? Infinity);
  });
});

test('a frame that was cut, or is of another kind, is refused', () => {
  assert.throws(() => decodePositions(bytes.slice(0, bytes.byteLength - 1)));
  assert.throws(() => decodePositions(new ArrayBuffer(4)));
  const other = bytes.slice(0);
  new DataView(other).setUint8(0, 9);
  assert.throws(() => decodePositions(other));
});

import assert from 'node:assert/strict';
import test from 'node:test';

import { Picture } from '../../web/pages/picture.js';

const incident = (id, version, state = 'received') => ({ id, version, state, number: `J261122-${id}`, assignments: [] });
const unit = (id, handle, state = 'available') => ({ id, handle, version: 1, state, fix: null });
const event = (seq, prev, noun, now, more = {}) => ({ seq, prev, noun, id: now?.id ?? more.id, version: 1, now, ...more });

function shown() {
  const picture = new Picture();
  picture.load({ seq: 10, incidents: [incident('a', 2)], units: [unit('u', 7)] });
  return picture;
}

test('an event that follows replaces what it is about', () => {
  const picture = shown();
  assert.equal(picture.apply(event(12, 10, 'incident', incident('a', 3, 'dispatched'))), true);
  assert.equal(picture.incidents.get('a').state, 'dispatched');
  assert.equal(picture.seq, 12);
});

test('an event after a gap is not taken and says so', () => {
  const picture = shown();
  assert.equal(picture.apply(event(15, 14, 'incident', incident('b', 1))), false);
  assert.equal(picture.incidents.has('b'), false);
  assert.equal(picture.seq, 10);
});

test('nothing can be followed before the first snapshot', () => {
  assert.equal(new Picture().apply(event(1, 0, 'incident', incident('a', 1))), false);
});

test('an event told twice changes nothing the second time', () => {
  const picture = shown();
  picture.apply(event(11, 10, 'incident', incident('a', 5, 'on_scene')));
  assert.equal(picture.apply(event(11, 10, 'incident', incident('a', 9, 'received'))), true);
  assert.equal(picture.incidents.get('a').state, 'on_scene');
});

test('a snapshot that is newer than its seq is not set back by an older entity', () => {
  const picture = shown();
  picture.apply(event(11, 10, 'incident', incident('a', 1, 'received')));
  assert.equal(picture.incidents.get('a').version, 2);
});

test('what else a fact changed is taken along, at the same version too', () => {
  const picture = shown();
  const also = [{ noun: 'unit', id: 'u', version: 1, now: unit('u', 7, 'ordered') }];
  picture.apply(event(11, 10, 'assignment', { id: 'x', version: 1 }, { also }));
  assert.equal(picture.units.get('u').state, 'ordered');
  assert.equal(picture.byHandle.get(7).state, 'ordered');
});

test('what may no longer be seen is gone, and so is what has ended', () => {
  const picture = shown();
  picture.apply(event(11, 10, 'incident', null, { id: 'a' }));
  assert.equal(picture.incidents.size, 0);
  picture.apply(event(12, 11, 'incident', incident('b', 4, 'closed')));
  assert.equal(picture.incidents.size, 0);
  picture.apply(event(13, 12, 'unit', null, { id: 'u' }));
  assert.equal(picture.byHandle.size, 0);
});

test('a fix grows older by our own clock while nothing is heard', () => {
  const picture = shown();
  picture.move({ units: [{ handle: 7, ageS: 2, lon: 1, lat: 2 }] }, 1000);
  assert.equal(picture.fixAge(7, 4500), 5.5);
  assert.equal(picture.fixAge(8, 4500), null);
});

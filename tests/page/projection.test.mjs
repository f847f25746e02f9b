import assert from 'node:assert/strict';
import test from 'node:test';

import { Projection } from '../../web/pages/projection.js';

const near = (a, b, within = 1e-9) => assert.ok(Math.abs(a - b) <= within, `${a} is not ${b}`);

function over(lon, lat) {
  const projection = new Projection();
  projection.size(800, 600);
  Object.assign(projection, { lon, lat, scale: 0.05 });
  return projection;
}

test('a pixel and its place are each other’s inverse', () => {
  const projection = over(114, 22.5);
  const [lon, lat] = projection.place(123, 456);
  near(projection.x(lon), 123, 1e-6);
  near(projection.y(lat), 456, 1e-6);
});

test('zooming keeps the place under the pointer', () => {
  const projection = over(-122.4, 37.8);
  const [lon, lat] = projection.place(700, 90);
  projection.zoom(3, 700, 90);
  near(projection.x(lon), 700, 1e-6);
  near(projection.y(lat), 90, 1e-6);
});

test('a fit shows everything it was given', () => {
  const projection = over(0, 0);
  const points = [[113.9, 22.4], [114.3, 22.7], [114.1, 22.45]];
  projection.fit(points);
  for (const [lon, lat] of points) {
    assert.ok(projection.x(lon) >= 0 && projection.x(lon) <= 800);
    assert.ok(projection.y(lat) >= 0 && projection.y(lat) <= 600);
  }
});

test('one point alone, or none, still gives a map', () => {
  const projection = over(10, 10);
  projection.fit([]);
  projection.fit([[114, 22]]);
  assert.ok(Number.isFinite(projection.scale) && projection.scale > 0);
  near(projection.x(114), 400, 1e-6);
});

test('the ruler is a round length that fits', () => {
  const [metres, pixels] = over(0, 0).ruler(120);
  assert.ok(pixels <= 120 && pixels > 40);
  assert.match(String(metres), /^[125]0*$/);
});

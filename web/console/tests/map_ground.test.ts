// Promise: the ground of the map is ours alone, quiet enough that status owns the colour, and its names can be read.

import { describe, expect, it } from 'vitest';
import { GROUND, inkOf, rgb } from '../src/map/palette';
import { apart, baseStyle, NAMES_FROM, type TileSet } from '../src/map/style';

const TILES: TileSet = { tiles: ['/api/v1/tiles/{z}/{x}/{y}'], attribution: null, bounds: [113, 22, 114, 23], minzoom: 6, maxzoom: 14 };
const THEMES = ['dark', 'light'] as const;

const linear = (part: number): number => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
const luminance = (colour: string): number => {
  const [r, g, b] = rgb(colour).map(linear) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const contrast = (a: string, b: string): number => {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (high + 0.05) / (low + 0.05);
};
/** OKLab chroma: 0 grey, 0.1 and more is what status has. */
function chroma(colour: string): number {
  const [r, g, b] = rgb(colour).map(linear) as [number, number, number];
  const [l, m, s] = [
    Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b), Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b),
    Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b),
  ];
  return Math.hypot(1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s, 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s);
}

describe.each(THEMES)('the ground in the %s theme', (theme) => {
  it('has no colour that could be taken for a status', () => {
    for (const [slot, colour] of Object.entries(GROUND[theme])) expect.soft(chroma(colour), slot).toBeLessThan(0.062);
  });

  it('lets names be read on land, water and streets', () => {
    const { label, labelWater, land, water, roadStreet, naturePark, labelHalo } = GROUND[theme];
    for (const under of [land, roadStreet, naturePark, labelHalo]) expect.soft(contrast(label, under)).toBeGreaterThan(4.5);
    expect(contrast(labelWater, water)).toBeGreaterThan(4.5);
  });

  it('tells water, parks and streets from land', () => {
    const { land, water, naturePark, roadStreet, roadTrunk } = GROUND[theme];
    for (const other of [water, naturePark, roadStreet, roadTrunk]) expect(other).not.toBe(land);
    expect(contrast(theme === 'dark' ? roadTrunk : water, land)).toBeGreaterThan(1.25);
  });

  it('asks nobody but this server: no glyphs, no sprites, one source', () => {
    const style = baseStyle(theme, TILES, 'https://desk.example');
    expect([style.glyphs, style.sprite, style.sky]).toEqual([undefined, undefined, undefined]);
    expect(Object.values(style.sources)).toEqual([
      { type: 'vector', tiles: ['https://desk.example/api/v1/tiles/{z}/{x}/{y}'], minzoom: 6, maxzoom: 14 },
    ]);
    expect(JSON.stringify(style)).not.toMatch(/versatiles\.org|icon-image|noto_sans/);
  });

  it('names things in fonts of the machine that have Chinese characters', () => {
    const symbols = baseStyle(theme, TILES, '').layers.filter((layer) => layer.type === 'symbol');
    expect(symbols.length).toBeGreaterThan(20);
    for (const { layout } of symbols) expect(layout?.['text-font']).toContain('Noto Sans CJK SC');
  });

  it('has a mark below which areas lie, so that they cover no name', () => {
    const ids = baseStyle(theme, TILES, '').layers.map((layer) => layer.id);
    expect(ids.indexOf(NAMES_FROM)).toBeGreaterThan(ids.indexOf('street-primary'));
    expect(ids.indexOf(NAMES_FROM)).toBeLessThan(ids.indexOf('label-street-primary'));
  });
});

it('lies on two sheets, areas and streets below, names above, and nothing is lost between them', () => {
  const whole = baseStyle('dark', TILES, '');
  const { ground, live, names } = apart(whole);
  expect([...ground.layers, ...names].map(({ id }) => id).sort()).toEqual(whole.layers.map(({ id }) => id).sort());
  expect(new Set(names.map(({ type }) => type))).toEqual(new Set(['symbol']));
  expect(ground.layers.map(({ type }) => type)).not.toContain('symbol');
  expect([ground.sources, live.sources]).toEqual([whole.sources, {}]);
  expect(live.layers.every(({ layout }) => layout?.visibility === 'none')).toBe(true);
});

it('has the same layers in both themes, so that a change of theme is only other paint', () => {
  const [dark, light] = THEMES.map((theme) => baseStyle(theme, TILES, '').layers.map((layer) => [layer.id, Object.keys(layer.paint ?? {})]));
  expect(dark).toEqual(light);
});

it('is bare ground where no city is served', () => {
  const style = baseStyle('dark', null, 'https://desk.example');
  expect(style.sources).toEqual({});
  expect(style.layers.map((layer) => layer.id)).toEqual(['background', NAMES_FROM]);
});

it('takes the colours of status from the page', () => {
  expect(inkOf('dark', (token) => `of ${token}`)).toMatchObject({ ok: 'of ok', 'map-halo': 'of map-halo', theme: 'dark' });
});

it('reads colours of the page as they are written there', () => {
  expect(rgb('#ff8000')).toEqual([1, 128 / 255, 0]);
  expect(rgb('#0f0')).toEqual([0, 1, 0]);
  expect(rgb('ButtonText')).toEqual([0.5, 0.5, 0.5]);
});

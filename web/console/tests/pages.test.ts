import { describe, expect, it } from 'vitest';
import { PAGES, pagesFor, windowOf } from '../src/core/pages';

describe('the menu of pages', () => {
  it('offers each person what serves them, and nobody a page twice', () => {
    expect(pagesFor(['call_taker']).map((page) => page.path)).not.toContain('/desk');
    expect(pagesFor(['dispatcher']).map((page) => page.path)).toContain('/desk');
    expect(pagesFor(['unit']).map((page) => page.path)).toEqual(['/video']);
    expect(new Set(PAGES.map((page) => page.path)).size).toBe(PAGES.length);
  });

  it('gives each page a window of its own', () => {
    expect(windowOf('/desk')).toBe('dispatch110.desk');
    expect(new Set(PAGES.map((page) => windowOf(page.path))).size).toBe(PAGES.length);
  });
});

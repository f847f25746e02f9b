// Lanes promise: what waits for a reviewer is there, the most pressing first, and nothing else is.

import { describe, expect, it } from 'vitest';
import type { Incident } from '../src/core/types';
import { after, ends, facts, formsOf, requests, reviews, supervision, type Demand, type Fact } from '../src/pages/follow_up/lanes';

const incident = (id: string, more: object = {}): Incident =>
  ({ id, state: 'fed_back', priority: 3, review: { by: 'person', why: [] }, times: {}, assignments: [], agency_requests: [], open_ends: [], ...more }) as unknown as Incident;
const keys = (rows: { key: string }[]): string[] => rows.map(({ key }) => key);

describe('lanes', () => {
  it('show forms that a person reads, urgent first, then the longest waiting; what a rule accepts is not there', () => {
    const all = [
      incident('new', { times: { fed_back: '2026-11-01T10:00:00Z' } }), incident('old', { times: { fed_back: '2026-11-01T09:00:00Z' } }),
      incident('urgent', { priority: 1, times: { fed_back: '2026-11-01T11:00:00Z' } }), incident('rule', { review: { by: 'rule', why: [] } }), incident('open', { state: 'on_scene', review: null }),
    ];
    expect(keys(reviews(all))).toEqual(['urgent', 'old', 'new']);
  });

  it('show late demands first, then those to be signed; an answered one is not late', () => {
    const now = Date.parse('2026-11-01T12:00:00Z');
    const demand = (id: string, state: string, due: string): Demand => ({ id, state, due_at: due }) as Demand;
    const rows = supervision([demand('soon', 'given', '2026-11-01T13:00:00Z'), demand('answered', 'answered', '2026-11-01T11:00:00Z'), demand('late', 'returned', '2026-11-01T11:30:00Z')], now);
    expect(keys(rows)).toEqual(['late', 'answered', 'soon']);
    expect(rows.map((row) => row.lane === 'supervision' && row.late)).toEqual([true, false, false]);
  });

  it('show requests that stand, the most chased first', () => {
    const request = (id: string, state: string, chased: number): object => ({ id, state, chased, times: {} });
    expect(keys(requests([incident('a', { agency_requests: [request('quiet', 'sent', 0), request('over', 'result', 9)] }), incident('b', { agency_requests: [request('chased', 'taken', 2)] })]))).toEqual(['chased', 'quiet']);
  });

  it('show what keeps finished work from closing', () => {
    const end = { noun: 'task', id: 't', said: { zh: '', en: '' } };
    expect(keys(ends([incident('free'), incident('held', { open_ends: [end] }), incident('working', { state: 'on_scene', open_ends: [end] })]))).toEqual(['held']);
  });

  it('show what a leader must look at of places: what is proposed, what is doubted, then by the time of review', () => {
    const fact = (id: string, state: string, doubted: boolean, review: string | null): Fact => ({ id, state, doubted, review_at: review }) as Fact;
    expect(keys(facts([fact('later', 'stands', false, '2026-11-02T00:00:00Z'), fact('late', 'stands', false, '2026-11-01T00:00:00Z'), fact('doubted', 'stands', true, '2026-12-01T00:00:00Z'), fact('asked', 'proposed', false, null)]))).toEqual(['asked', 'doubted', 'late', 'later']);
  });

  it('lead on to the next row, and from the last one back', () => {
    const rows = reviews([incident('a'), incident('b'), incident('c')]);
    expect([after(rows, 'a'), after(rows, 'c'), after(rows, null), after([], 'a')]).toEqual(['b', 'b', 'a', null]);
  });

  it('show only forms that stand', () => {
    const one = incident('a', { assignments: [{ id: 'x', feedback: [{ id: 'old', state: 'replaced' }, { id: 'now', state: 'submitted' }] }] });
    expect(formsOf(one).map(({ form }) => form.id)).toEqual(['now']);
  });
});

import { describe, expect, it } from 'vitest';
import { fieldOf, figuresFile, moments, seenThen, wayThen, type Played, type Track } from '../src/core/playback';

const FROM = 1_790_000_000_000;
const track: Track = { t_s: [0, 60, 120, 400, 410], lon: [114, 114.006, 114.012, 114.02, 114.021], lat: [22, 22, 22, 22, 22], parts: [0, 3] };
const at = (s: number): number => FROM + s * 1000;

const played = (more: Partial<Played> = {}): Played => ({
  id: 'a', sign: '118', kind: 'car', room: 'north', track, figures: null, stops: [], insideS: null, whole: null, ...more,
});

describe('a playback', () => {
  it('moves a unit from fix to fix within a part, however far they are thinned', () => {
    expect(seenThen(track, FROM, at(-1))).toBeNull();
    expect(seenThen(track, FROM, at(30))).toMatchObject({ lon: expect.closeTo(114.003, 6), quality: 'solid', ageS: 0 });
  });

  it('leaves it where it was last seen over a break, grey with its age, and not for ever', () => {
    expect(seenThen(track, FROM, at(125))).toMatchObject({ lon: 114.012, quality: 'solid', ageS: 5 });
    expect(seenThen(track, FROM, at(150))).toMatchObject({ quality: 'hollow', ageS: 30 });
    expect(seenThen(track, FROM, at(300))).toMatchObject({ lon: 114.012, quality: 'grey', ageS: 180 });
    expect(seenThen(track, FROM, at(800))).toBeNull();
  });

  it('never shows who is off duty', () => {
    expect(seenThen(track, FROM, at(30), true)).toBeNull();
  });

  it('draws no line over a break', () => {
    const lines = wayThen(track, FROM, FROM, at(405));
    expect(lines.map((line) => line.length)).toEqual([3, 2]);
    expect(lines[1]![1]![0]).toBeCloseTo(114.0205, 6);
    expect(wayThen(track, FROM, at(100), at(130))).toHaveLength(1);
  });

  it('marks what happened in the span, by time', () => {
    const one = played({ stops: [{ from_ms: at(100), to_ms: at(300), lon: 114, lat: 22 }, { from_ms: at(900), to_ms: at(950), lon: 114, lat: 22 }] });
    const incident = { id: 'i', number: 'J1', priority: 1, type: null, state: 'closed', opened_ms: at(50), lon: null, lat: null };
    expect(moments(one, [incident], [FROM, at(500)]).map((mark) => mark.kind)).toEqual(['incident', 'stop']);
  });

  it('writes figures as a file that no spreadsheet takes for formulas', () => {
    const figures = { driven_m: 2990.04, known_s: 600, unknown_s: 300, stood_s: 299, stops: 1, left_out: 0, breaks: 1, top_mps: 10 };
    const text = figuresFile([played({ sign: '=1+1', figures }), played({ sign: 'a,"b"' })], ['sign', 'room'], () => '北所', [FROM, at(900)]);
    const [head, first, second] = text.split('\r\n');
    expect(head).toBe('\ufeffsign,room');
    expect(first).toContain("'=1+1,北所,");
    expect(first).toContain(',2990,600,300,1,299,36,,0');
    expect(second!.startsWith('"a,""b""",')).toBe(true);
  });

  it('writes a moment as a field of day and time takes it', () => {
    expect(new Date(fieldOf(FROM)).getTime()).toBe(Math.floor(FROM / 60_000) * 60_000);
  });
});

// A crew is told by its page what the server would refuse: the same cases as `tests/unit/test_a_form_asks_what_its_type_needs.py`.

import { describe, expect, it } from 'vitest';
import { asked, faultsOf, formOf, type Answers, type FormFile } from '../src/core/forms';
import told from './form_cases.json';

const file = told.file as unknown as FormFile;
const allowed = { results: told.results, isType: (code: string) => told.types.includes(code) };

describe('answers', () => {
  for (const one of told.cases) {
    it(`are judged as the server judges them: ${one.name}`, () => {
      const form = file.forms.find(({ code }) => code === one.form)!;
      const found = faultsOf(file, form, one.answers as Answers, one.final, allowed).map(({ key, what }) => [key, what]);
      expect(found).toEqual(one.faults);
    });
  }

  it('that are hidden by now are not handed in', () => {
    const form = file.forms[0]!;
    const said = asked(file, form, { result: 'handled', injured: 0, where: 'hospital', at: '2026-11-01T10:00:00Z', force: false, why: 'x', text: 'done' });
    expect(said).toEqual({ result: 'handled', injured: 0, force: false, text: 'done' });
  });
});

describe('the form of a type', () => {
  const other = { ...file.forms[0]!, code: 'other', types: [] as string[] };
  const some = { ...file, forms: [{ ...other, code: 'upper', types: ['200000'] }, { ...other, code: 'lower', types: ['200250'] }, other] };

  it('is that of the nearest type above, else the one for all others', () => {
    expect(formOf(some, ['200250', '200200', '200000']).code).toBe('lower');
    expect(formOf(some, ['200210', '200200', '200000']).code).toBe('upper');
    expect(formOf(some, ['100100']).code).toBe('other');
    expect(formOf(some, []).code).toBe('other');
  });
});

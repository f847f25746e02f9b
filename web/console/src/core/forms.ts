// Feedback forms by type: which one an incident has, what of it is asked after some answers, and whether answers will do. The server
// judges in the same way (`dispatch/forms/answers.py`), and both are held to the same cases. Pure.

import type { components } from './schema';

export type FormSet = components['schemas']['FormsShown'];
export type FormFile = FormSet['file'];
export type Form = FormFile['forms'][number];
export type Ask = Form['asks'][number];
export type FormField = FormFile['fields'][string];
export type Answer = string | number | boolean | string[];
export type Answers = Readonly<Record<string, Answer | null | undefined>>;
export type FaultKind = 'missing' | 'not_asked' | 'kind' | 'choice' | 'least' | 'most' | 'decimals' | 'too_long';

export interface Fault {
  key: string;
  what: FaultKind;
}

/** What lies outside the forms: results of the type that is fed back about, and whether there is such a type. */
export interface Allowed {
  results: readonly string[];
  isType: (code: string) => boolean;
}

const MOST_TEXT = 5_000;
const MOST_REFERENCES = 50;
const REFERENCE = /^[A-Za-z0-9_./:#-]{1,200}$/;
const TIME = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(:(\d{2})(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})$/;

/** The one form of a type: of itself or of the nearest type above that has one, else the one for all others. lineage: its own code first. */
export function formOf(file: FormFile, lineage: readonly string[]): Form {
  for (const code of lineage) {
    const found = file.forms.find((form) => form.types?.includes(code));
    if (found) return found;
  }
  return file.forms.find((form) => !form.types?.length)!;
}

export const isGiven = (value: Answer | null | undefined): value is Answer =>
  value !== null && value !== undefined && !(Array.isArray(value) && !value.length) && !(typeof value === 'string' && !value.trim());

/** Whether a field is asked after these answers; what hangs on a field that is not asked is not asked either. */
export function isShown(file: FormFile, form: Form, ask: Ask, answers: Answers): boolean {
  const { shown_if: when } = ask;
  if (!when) return true;
  const on = form.asks.find((one) => one.field === when.field);
  if (!on || !isShown(file, form, on, answers)) return false;
  return wordsOf(file.fields[on.field]!, answers[on.field]).some((word) => when.one_of.includes(word));
}

function wordsOf(field: FormField, value: Answer | null | undefined): string[] {
  if (!isGiven(value)) return [];
  if (typeof value === 'boolean') return [value ? 'yes' : 'no'];
  if (field.kind === 'number') return typeof value === 'number' && value > 0 ? ['some'] : [];
  if (Array.isArray(value)) return value;
  return typeof value === 'string' ? [value] : [];
}

/** The codes a form offers. */
export const offered = (field: FormField, ask: Ask): readonly { code: string; zh: string; en: string }[] =>
  (field.choices ?? []).filter(({ code }) => !ask.choices?.length || ask.choices.includes(code));

/** What is wrong, in the order of the form; an interim one may leave anything out. */
export function faultsOf(file: FormFile, form: Form, answers: Answers, final: boolean, allowed: Allowed): Fault[] {
  const faults: Fault[] = [];
  for (const ask of form.asks) {
    const value = answers[ask.field];
    if (!isShown(file, form, ask, answers)) {
      if (isGiven(value)) faults.push({ key: ask.field, what: 'not_asked' });
    } else if (isGiven(value)) {
      const what = wrong(file.fields[ask.field]!, ask, value, allowed);
      if (what) faults.push({ key: ask.field, what });
    } else if (final && ask.required) faults.push({ key: ask.field, what: 'missing' });
  }
  const asked = new Set(form.asks.map((ask) => ask.field));
  for (const key of Object.keys(answers)) if (!asked.has(key) && isGiven(answers[key])) faults.push({ key, what: 'not_asked' });
  return faults;
}

function wrong(field: FormField, ask: Ask, value: Answer, allowed: Allowed): FaultKind | null {
  const codes = offered(field, ask).map(({ code }) => code);
  switch (field.kind) {
    case 'result': return typeof value !== 'string' ? 'kind' : allowed.results.includes(value) ? null : 'choice';
    case 'type': return typeof value !== 'string' ? 'kind' : allowed.isType(value) ? null : 'choice';
    case 'choice': return typeof value !== 'string' ? 'kind' : codes.includes(value) ? null : 'choice';
    case 'multi_choice':
      if (!Array.isArray(value)) return 'kind';
      return value.every((one) => codes.includes(one)) && new Set(value).size === value.length ? null : 'choice';
    case 'yes_no': return typeof value === 'boolean' ? null : 'kind';
    case 'number': return bounds(field, value);
    case 'text': return typeof value !== 'string' ? 'kind' : [...value].length <= MOST_TEXT ? null : 'too_long';
    case 'time': return typeof value === 'string' && isTime(value) ? null : 'kind';
    case 'reference':
      if (!Array.isArray(value)) return 'kind';
      return value.length > MOST_REFERENCES ? 'most' : value.every((one) => REFERENCE.test(one)) ? null : 'kind';
    default: return 'kind';
  }
}

function bounds(field: FormField, value: Answer): FaultKind | null {
  if (typeof value !== 'number' || !Number.isFinite(value)) return 'kind';
  if (field.least != null && value < field.least) return 'least';
  if (field.most != null && value > field.most) return 'most';
  return Number(value.toFixed(field.decimals ?? 0)) === value ? null : 'decimals';
}

/** A day and a time of day that there are. */
function isTime(value: string): boolean {
  const parts = TIME.exec(value);
  if (!parts) return false;
  const [year, month, day, hour, minute, second] = [1, 2, 3, 4, 5, 7].map((n) => Number(parts[n] ?? 0)) as [number, number, number, number, number, number];
  const at = new Date(Date.UTC(year, month - 1, day));
  return at.getUTCMonth() === month - 1 && at.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
}

/** Answers that may be handed in: those that are asked and given, nothing that is hidden by now. */
export function asked(file: FormFile, form: Form, answers: Answers): Record<string, Answer> {
  const said: Record<string, Answer> = {};
  for (const ask of form.asks) {
    const value = answers[ask.field];
    if (isGiven(value) && isShown(file, form, ask, said)) said[ask.field] = value;
  }
  return said;
}

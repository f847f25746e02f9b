// What stands in a form: how it begins, what of it the server is sent, how a saved one is read again, what is still missing. Pure.

import type { components } from '../../../core/schema';

type Shapes = components['schemas'];
export type AlarmBody = Partial<Shapes['AlarmIn']> & { source: Shapes['AlarmIn']['source'] };

/** How a place came to be known; the server keeps it beside the point. */
export type PlaceSource = 'call_taker' | 'network' | 'caller';

export interface FormPlace {
  address: string;
  lon: number | null;
  lat: number | null;
  accuracy_m: number | null;
  code: string | null;
  floor: string;
  direction: string;
  source: PlaceSource | null;
}

export interface FormCaller {
  number: string;
  name: string;
  language: string;
  safe_number: string;
  confidential: boolean;
  do_not_contact: boolean;
  cannot_talk: boolean;
}

export interface Form {
  place: FormPlace;
  type: string | null;
  /** What was typed where the type is chosen, until one is. */
  typeText: string;
  /** As a person judges it; null: what type and answers say. */
  priority: number | null;
  answers: Record<string, string>;
  text: string;
  caller: FormCaller;
  silent: boolean;
  abandoned: boolean;
  exercise: boolean;
}

export type Missing = 'place' | 'point' | 'type';

export function blank(): Form {
  return {
    place: { address: '', lon: null, lat: null, accuracy_m: null, code: null, floor: '', direction: '', source: null },
    type: null, typeText: '', priority: null, answers: {}, text: '',
    caller: { number: '', name: '', language: '', safe_number: '', confidential: false, do_not_contact: false, cannot_talk: false },
    silent: false, abandoned: false, exercise: false,
  };
}

/** Whether nothing was put in yet that would be missed. */
export function isBlank(form: Form): boolean {
  return JSON.stringify(form) === JSON.stringify({ ...blank(), exercise: form.exercise });
}

/** What a unit would have to do without. `point`: there are words for the place, but nowhere on the map. */
export function missing(form: Form): Missing[] {
  const found: Missing[] = [];
  if (form.place.lon === null) found.push(form.place.address.trim() ? 'point' : 'place');
  if (!form.type) found.push('type');
  return found;
}

/** The body of `POST /alarms`: only what was said. */
export function bodyOf(form: Form, more: { callId: string | null; draftId: string; attachTo?: string | null }): AlarmBody {
  const body: AlarmBody = { source: 'call', draft_id: more.draftId };
  const place = said({
    address: form.place.address, code: form.place.code, floor: form.place.floor, direction: form.place.direction,
    ...(form.place.lon === null ? {} : {
      lon: form.place.lon, lat: form.place.lat, accuracy_m: form.place.accuracy_m, source: form.place.source ?? 'call_taker',
    }),
  });
  const caller = said({ ...form.caller });
  if (Object.keys(place).length) body.place = place as unknown as NonNullable<AlarmBody['place']>;
  if (Object.keys(caller).length) body.caller = caller as unknown as NonNullable<AlarmBody['caller']>;
  if (form.type) body.type = form.type;
  if (form.type && Object.keys(form.answers).length && !more.attachTo) body.answers = form.answers;
  if (form.priority !== null && !more.attachTo) body.priority = form.priority;
  if (form.text.trim()) body.text = form.text.trim();
  if (more.callId) body.call_id = more.callId;
  if (more.attachTo) body.attach_to = more.attachTo;
  for (const mark of ['silent', 'abandoned', 'exercise'] as const) if (form[mark]) body[mark] = true;
  return body;
}

/** Where an incident is, as it is changed afterwards: the point and the words for it. */
export function placeOf({ lon, lat, accuracy_m, address, code, floor, direction, source }: FormPlace): Record<string, unknown> {
  return { lon, lat, ...said({ accuracy_m: accuracy_m || null, address, code, floor, direction }), source: source ?? 'call_taker' };
}

/** A draft as the server keeps it: the alarm it would be, and what only this page needs, under `ui`. */
export function draftOf(form: Form): Record<string, unknown> {
  const { draft_id: _, ...body } = bodyOf(form, { callId: null, draftId: '' });
  return { ...body, ui: { typeText: form.typeText, answers: form.answers, priority: form.priority } };
}

/** The form that a saved draft is; what is missing or of another shape is left as it begins. */
export function formOf(draft: Record<string, unknown>): Form {
  const form = blank();
  const read = draft as Partial<AlarmBody> & { ui?: { typeText?: string; answers?: Record<string, string>; priority?: number | null } };
  take(form.place, read.place);
  take(form.caller, read.caller);
  if (typeof read.type === 'string') form.type = read.type;
  if (typeof read.text === 'string') form.text = read.text;
  for (const mark of ['silent', 'abandoned', 'exercise'] as const) form[mark] = read[mark] === true;
  form.typeText = String(read.ui?.typeText ?? '');
  form.answers = { ...read.ui?.answers };
  form.priority = read.ui?.priority ?? null;
  return form;
}

function take<T extends object>(into: T, from: unknown): void {
  for (const [name, value] of Object.entries((from ?? {}) as object)) if (name in into && value !== undefined) (into as Record<string, unknown>)[name] = value;
}

/** Without what is empty; texts without the blanks around them. */
function said(all: Record<string, unknown>): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(all)) {
    const told = typeof value === 'string' ? value.trim() : value;
    if (told !== '' && told !== null && told !== undefined && told !== false) kept[name] = told;
  }
  return kept;
}

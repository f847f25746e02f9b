// What a city is made of, as every page needs it: rooms, outlines, call points, incident types and their words.

import type { Api } from './api';
import { named, speaker, wording } from './language.svelte';
import type { components } from './schema';
import { labels } from '../words/labels';

type Shapes = components['schemas'];
export type Room = Shapes['Room'];
export type CallPoint = Shapes['CallPoint'];
export type IncidentType = TypeFile['types'][number];

export interface Term {
  zh: string;
  en: string;
}

/** One answer to a question, given with a single key; it may propose a priority. */
export interface Answer {
  code: string;
  key: string;
  zh: string;
  en: string;
  priority?: number | null;
  label?: string | null;
}

export interface Question {
  key: string;
  zh: string;
  en: string;
  answers: Answer[];
}

/** The type tree as the server sends it. */
export interface TypeFile {
  types: {
    code: string; parent: string | null; level: number; zh: string; en: string; initials?: string; aliases?: string[];
    priority?: number | null; results?: string | null; questions?: string[] | null;
  }[];
  questions: Record<string, { zh: string; en: string; answers: Answer[] }>;
  skills: Record<string, Term>;
  kinds: Record<string, Term>;
  labels: Record<string, Term>;
  results: Record<string, Term>;
  result_lists: Record<string, string[]>;
}

export interface Jurisdiction {
  id: string;
  room_id: string;
  layer: string;
  name: string;
  geometry: { type: 'Polygon' | 'MultiPolygon'; coordinates: number[][][] | number[][][][] };
}

const words = { none: ['类型未定', 'Type not set'] } as const;
const t = speaker(words);
const NOTHING: TypeFile = { types: [], questions: {}, skills: {}, kinds: {}, labels: {}, results: {}, result_lists: {} };

export class Reference {
  rooms = new Map<string, Room>();
  jurisdictions: Jurisdiction[] = [];
  callPoints: CallPoint[] = [];
  types = new Map<string, IncidentType>();
  file: TypeFile = NOTHING;
  private spellings: { type: IncidentType; words: string }[] = [];

  constructor(private readonly api: Api) {}

  /** Read it, or only what is named; what this seat may not read stays empty and the page works without. Returns the names of what is missing. */
  async load(only?: readonly string[]): Promise<string[]> {
    const parts: Record<string, () => Promise<void>> = {
      rooms: async () => { this.rooms = new Map((await this.list<Room>('rooms')).map((room) => [room.id, room])); },
      jurisdictions: async () => { this.jurisdictions = await this.list<Jurisdiction>('jurisdictions'); },
      'call-points': async () => { this.callPoints = await this.list<CallPoint>('call-points'); },
      types: async () => this.take(await this.api.get<TypeFile>('/admin/types')),
    };
    const missing: string[] = [];
    await Promise.all(Object.entries(parts).filter(([name]) => !only || only.includes(name)).map(async ([name, read]) => {
      try {
        await read();
      } catch {
        missing.push(name); // said to the person by whoever asked
      }
    }));
    return missing;
  }

  roomName(id: string | null | undefined): string {
    const room = id ? this.rooms.get(id) : undefined;
    return room ? wording(room) : '';
  }

  typeName(code: string | null | undefined): string {
    if (!code) return t('none');
    const type = this.types.get(code);
    return type ? wording(type) : code;
  }

  /** Types by code, name, alias or pinyin initials, the closest first. */
  search(query: string, most = 12): IncidentType[] {
    const wanted = query.trim().toLowerCase();
    if (!wanted) return [];
    const ranked: [number, IncidentType][] = [];
    for (const { type, words: spelled } of this.spellings) {
      const at = spelled.indexOf(wanted);
      if (at < 0) continue;
      const starts = at === 0 || spelled[at - 1] === '\n';
      const ends = spelled[at + wanted.length] === '\n' || at + wanted.length === spelled.length;
      ranked.push([(starts && ends ? 0 : starts ? 10 : 20) + type.level, type]);
    }
    return ranked.sort((a, b) => a[0] - b[0] || (a[1].code < b[1].code ? -1 : 1)).slice(0, most).map(([, type]) => type);
  }

  /** [code, name] of every result an incident of this type may end with. */
  results(code: string | null | undefined): [code: string, name: string][] {
    const list = this.inherited(code, (type) => type.results);
    return (this.file.result_lists[list ?? ''] ?? ['handled']).map((one) => [one, this.term('results', one)]);
  }

  priorityOf(code: string | null | undefined): number {
    return this.inherited(code, (type) => type.priority) ?? 3;
  }

  /** What to ask for a type, in the order it is asked. */
  questionsOf(code: string | null | undefined): Question[] {
    const keys = this.inherited(code, (type) => type.questions) ?? [];
    return keys.flatMap((key) => {
      const question = this.file.questions[key];
      return question ? [{ key, ...question }] : [];
    });
  }

  term(list: 'skills' | 'kinds' | 'labels' | 'results', code: string): string {
    const term = this.file[list]?.[code];
    return term ? wording(term) : list === 'labels' ? named(labels, code) : code;
  }

  private inherited<T>(code: string | null | undefined, read: (type: IncidentType) => T | null | undefined): T | null {
    let type = code ? this.types.get(code) : undefined;
    while (type && read(type) == null && type.parent) type = this.types.get(type.parent);
    return (type && read(type)) ?? null;
  }

  private async list<T>(name: string): Promise<T[]> {
    return (await this.api.get<{ items: T[] }>(`/admin/${name}`)).items;
  }

  private take(file: TypeFile): void {
    this.file = file;
    this.types = new Map(file.types.map((type) => [type.code, type]));
    this.spellings = file.types.map((type) => ({
      type,
      words: [type.code, type.zh, type.en, type.initials ?? '', ...(type.aliases ?? [])].join('\n').toLowerCase(),
    }));
  }
}

// Incident types and results by name, for a crew: names, a search, what a type may end with. Much like the reference data of the
// seats, without rooms and outlines, which a crew is not told.

import { named, wording } from '../../core/language.svelte';
import type { IncidentType, TypeFile } from '../../core/reference';
import { labels } from '../../words/labels';

const NOTHING: TypeFile = { types: [], skills: {}, kinds: {}, labels: {}, results: {}, result_lists: {}, questions: {} };

export class Types {
  private file: TypeFile = NOTHING;
  private byCode = new Map<string, IncidentType>();

  take(file: TypeFile): void {
    this.file = file;
    this.byCode = new Map(file.types.map((type) => [type.code, type]));
  }

  name(code: string | null | undefined): string {
    const type = code ? this.byCode.get(code) : undefined;
    return type ? wording(type) : (code ?? '');
  }

  knows(code: string): boolean {
    return this.byCode.has(code);
  }

  /** Its own code and those above it, the finest first. */
  lineage(code: string | null | undefined): string[] {
    const found: string[] = [];
    for (let type = code ? this.byCode.get(code) : undefined; type; type = type.parent ? this.byCode.get(type.parent) : undefined) found.push(type.code);
    return found;
  }

  term(list: 'skills' | 'kinds' | 'labels' | 'results', code: string): string {
    const term = this.file[list]?.[code];
    return term ? wording(term) : list === 'labels' ? named(labels, code) : code;
  }

  /** [code, name] of what an incident of this type may end with. */
  results(code: string | null | undefined): [code: string, name: string][] {
    let type = code ? this.byCode.get(code) : undefined;
    while (type && !type.results && type.parent) type = this.byCode.get(type.parent);
    const list = this.file.result_lists[type?.results ?? ''] ?? ['handled'];
    return list.map((one) => [one, this.term('results', one)]);
  }

  /** By code, name, alias or initials, the closest first. */
  search(query: string, most = 8): IncidentType[] {
    const wanted = query.trim().toLowerCase();
    if (!wanted) return [];
    const found: [number, IncidentType][] = [];
    for (const type of this.file.types) {
      const words = [type.zh, type.en.toLowerCase(), type.initials ?? '', type.code, ...(type.aliases ?? [])];
      const ranks = words.map((word) => (word === wanted ? 0 : word.startsWith(wanted) ? 10 : word.includes(wanted) ? 20 : Infinity));
      const rank = Math.min(...ranks);
      if (rank < Infinity) found.push([rank + type.level, type]);
    }
    return found.sort((a, b) => a[0] - b[0] || (a[1].code < b[1].code ? -1 : 1)).slice(0, most).map(([, type]) => type);
  }
}

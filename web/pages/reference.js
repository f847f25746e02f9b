// What a city is made of, as this page needs it: rooms, outlines, call points, incident types.

import { t, wording } from './text.js';

export class Reference {
  constructor(api) {
    this.api = api;
    this.rooms = new Map();
    this.outlines = [];
    this.callPoints = [];
    this.types = new Map();
    this.file = { skills: {}, kinds: {}, labels: {}, results: {}, result_lists: {}, types: [] };
  }

  /** Read it; what this seat may not read stays empty and the page works without. Returns what is missing. */
  async load() {
    const parts = {
      rooms: async () => { this.rooms = new Map((await this.#list('rooms')).map((room) => [room.id, room])); },
      // One layer is drawn: those of the other trades lie over the same ground.
      jurisdictions: async () => { this.outlines = (await this.#list('jurisdictions')).filter(({ layer }) => layer === 'police').map(outline); },
      'call-points': async () => { this.callPoints = await this.#list('call-points'); },
      types: async () => { this.#take(await this.api.get('/admin/types')); },
    };
    const missing = [];
    await Promise.all(Object.entries(parts).map(async ([name, read]) => {
      try {
        await read();
      } catch (error) {
        missing.push({ name, error });
      }
    }));
    return missing;
  }

  async #list(name) {
    const answer = await this.api.get(`/admin/${name}`);
    return answer.items;
  }

  #take(answer) {
    this.file = answer;
    this.types = new Map(this.file.types.map((type) => [type.code, type]));
    this.spellings = this.file.types.map((type) => ({
      type,
      words: [type.code, type.zh, type.en, type.initials ?? '', ...(type.aliases ?? [])].join('\n').toLowerCase(),
    }));
  }

  roomName(id) {
    const room = this.rooms.get(id);
    return room ? wording(room) : '';
  }

  typeName(code) {
    if (!code) return t('type.none');
    const type = this.types.get(code);
    return type ? wording(type) : code;
  }

  /** Types by code, name, alias or pinyin initials, the closest first. */
  search(query, most = 12) {
    const wanted = query.trim().toLowerCase();
    if (!wanted || !this.spellings) return [];
    const rank = ({ type, words }) => {
      const at = words.indexOf(wanted);
      if (at < 0) return null;
      const starts = at === 0 || words[at - 1] === '\n';
      const ends = words[at + wanted.length] === '\n' || at + wanted.length === words.length;
      return (starts && ends ? 0 : starts ? 10 : 20) + type.level;
    };
    return this.spellings
      .map((spelling) => [rank(spelling), spelling.type])
      .filter(([score]) => score !== null)
      .sort((a, b) => a[0] - b[0] || (a[1].code < b[1].code ? -1 : 1))
      .slice(0, most)
      .map(([, type]) => type);
  }

  /** [code, name] of every result an incident of this type may end with. */
  results(code) {
    let type = this.types.get(code);
    while (type && !type.results && type.parent) type = this.types.get(type.parent);
    const codes = this.file.result_lists[type?.results] ?? ['handled'];
    return codes.map((one) => [one, wording(this.file.results[one] ?? { zh: one, en: one })]);
  }

  priorityOf(code) {
    let type = this.types.get(code);
    while (type && type.priority == null && type.parent) type = this.types.get(type.parent);
    return type?.priority ?? 3;
  }

  term(list, code) {
    const term = this.file[list]?.[code];
    return term ? wording(term) : code;
  }
}

/** A jurisdiction with its rings and the middle of its largest one. */
function outline(jurisdiction) {
  const { type, coordinates } = jurisdiction.geometry;
  const polygons = type === 'MultiPolygon' ? coordinates : [coordinates];
  const rings = polygons.flat();
  const largest = polygons.map(([outer]) => outer).sort((a, b) => Math.abs(area(b)) - Math.abs(area(a)))[0] ?? [];
  return { room: jurisdiction.room_id, name: jurisdiction.name, layer: jurisdiction.layer, rings, middle: centroid(largest) };
}

function area(ring) {
  let sum = 0;
  for (let n = 0; n + 1 < ring.length; n += 1) sum += ring[n][0] * ring[n + 1][1] - ring[n + 1][0] * ring[n][1];
  return sum / 2;
}

function centroid(ring) {
  const [lon0, lat0] = ring[0] ?? [0, 0]; // near the origin, or the products drown the differences
  let [lon, lat, twice] = [0, 0, 0];
  for (let n = 0; n + 1 < ring.length; n += 1) {
    const [x1, y1, x2, y2] = [ring[n][0] - lon0, ring[n][1] - lat0, ring[n + 1][0] - lon0, ring[n + 1][1] - lat0];
    const cross = x1 * y2 - x2 * y1;
    lon += (x1 + x2) * cross;
    lat += (y1 + y2) * cross;
    twice += cross;
  }
  return twice ? [lon0 + lon / (3 * twice), lat0 + lat / (3 * twice)] : [lon0, lat0];
}

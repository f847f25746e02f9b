// What the parts of the video patrol's page share: the cameras as last read, the chosen one, the request at hand, what was raised here.

import { listOf, watches, type Camera, type CamerasNear } from '../../core/cameras';
import { named, speaker } from '../../core/language.svelte';
import { OPEN } from '../../core/order';
import { Sound } from '../../core/sound';
import type { Assignment, Incident, Unit } from '../../core/types';
import { Asking, tried, withKeys, type Done } from '../../look/asking.svelte';
import { refusal, type Seat } from '../../seat/seat.svelte';
import { cameraFaults } from '../../words/cameras';

const AFTER_MS = 250;
const EVERY_MS = 20_000;

const t = speaker({
  'looked': ['已巡查：{name}', 'Looked through: {name}'], 'looked_all': ['巡查一遍：{n} 处', 'Looked through all {n}'], 'raised': ['已上报 {number}，在派警席队列中', 'Raised {number}: it is in the dispatcher’s queue'], 'noted': ['已补充到 {number}', 'Added to {number}'], 'faulty': ['已报故障：{name}', 'Out of order: {name}'],
  'raise': ['发现警情 · {name}', 'Raise an incident · {name}'], 'raise.say': ['地点为此摄像机所在；本席不出警，由派警席派警。', 'Its place is this camera’s. You are not sent; the dispatcher sends.'], 'raise.do': ['上报', 'Raise'], 'text': ['看到什么', 'What you see'], 'type': ['类型（可不填）', 'Type (may be left out)'], 'type.hint': ['名称、拼音首字母或编码', 'Name, initials or code'],
  'priority': ['紧急程度', 'How urgent'], 'by_type': ['按类型', 'by type'], 'p': ['{n} 级', 'P{n}'], 'fault': ['故障 · {name}', 'Out of order · {name}'], 'note': ['补充情况 · {number}', 'Add a note · {number}'], 'note.do': ['发送', 'Send'],
  'log_on': ['上勤 · {sign}', 'Log on · {sign}'], 'log_on.do': ['上勤', 'Log on'], 'crew': ['警号', 'Badge numbers'], 'crew.hint': ['用空格隔开', 'apart by blanks'], 'beat': ['巡段', 'Beat'], 'beat.none': ['不定巡段', 'no beat'], 'beat.say': ['选定巡段即看守该巡段的摄像机。', 'Who chooses a beat watches its cameras.'],
  'duty': ['勤务 · {sign}', 'Duty · {sign}'], 'available': ['空闲', 'Available'], 'break': ['小休 {n} 分', 'Break, {n} min'], 'off': ['下勤（看守名单随之结束）', 'Log off (its list ends)'],
});

export interface Raised {
  id: string;
  number: string;
  camera: string;
  at: string;
}

export interface Request {
  incident: Incident;
  assignment: Assignment;
}

export class Patrol {
  cameras: Camera[] = $state.raw([]);
  /** Around the place of the request at hand. */
  near: CamerasNear | null = $state.raw(null);
  raised: Raised[] = $state.raw([]);
  wrong = $state('');
  /** Whether the cameras were read at all. */
  known = $state(false);
  readonly asking: Asking;
  readonly sound = new Sound();
  private chosenId: string | null = $state(null);
  private nearOf: string | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly seat: Seat) {
    this.asking = new Asking((why) => seat.toasts.bad(why), () => seat.unsent);
    setInterval(() => this.readSoon(), EVERY_MS);
  }

  get unitId(): string | null {
    return this.seat.session.unit_id ?? null;
  }

  get unit(): Unit | null {
    void this.seat.changed;
    return (this.unitId && this.seat.picture.units.get(this.unitId)) || null;
  }

  /** What the dispatcher asks it to look at. */
  get request(): Request | null {
    void this.seat.changed;
    for (const incident of this.seat.picture.incidents.values()) {
      const assignment = incident.assignments.find((one) => one.unit_id === this.unitId && OPEN.has(one.state));
      if (assignment) return { incident, assignment };
    }
    return null;
  }

  get list(): Camera[] {
    return this.unitId ? listOf(this.cameras, this.unitId) : [];
  }

  /** What it does not watch, in the order of the server: what nobody watches first. */
  get rest(): Camera[] {
    return this.cameras.filter((camera) => !this.mine(camera));
  }

  mine(camera: Camera): boolean {
    return this.unitId !== null && watches(camera, this.unitId);
  }

  /** The one that keys speak of: what was chosen, else what is due first. */
  get chosen(): Camera | null {
    return this.cameras.find(({ id }) => id === this.chosenId) ?? this.list[0] ?? this.rest[0] ?? null;
  }

  choose(id: string | null): void {
    this.chosenId = id;
  }

  step(by: number): void {
    const all = [...this.list, ...this.rest];
    const at = all.findIndex(({ id }) => id === this.chosen?.id);
    const next = all[Math.max(0, Math.min(all.length - 1, at + by))];
    if (next) this.choose(next.id);
  }

  /** Something was heard: read again, once for several. */
  readSoon(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.read(), AFTER_MS);
  }

  /** A request that nobody here has accepted is called out until somebody does. */
  ring(): void {
    const waits = this.request && ['ordered', 'delivered'].includes(this.request.assignment.state);
    this.sound.play(waits ? (this.request!.incident.priority <= 2 ? 1 : 2) : null);
    if (this.request?.assignment.state === 'ordered') void this.seat.api.act(`/assignments/${this.request.assignment.id}/deliver`, { via: 'console' }, `deliver:${this.request.assignment.id}`).catch(() => {}); // the next word tries again
  }

  async read(): Promise<void> {
    try {
      this.take((await this.seat.api.get<{ items: Camera[] }>('/cameras')).items);
      this.wrong = '';
    } catch (error) {
      this.wrong = refusal(error);
    }
    const { incident = null } = this.request ?? {};
    const of = incident?.place?.lon == null ? null : `${incident.id}:${incident.place.lon}:${incident.place.lat}`;
    if (of === this.nearOf) return;
    this.near = of && incident ? await this.seat.api.get<CamerasNear>(`/incidents/${incident.id}/cameras`).catch(() => null) : null;
    this.nearOf = this.near ? of : null; // what could not be read is asked for again with the next look at the list
  }

  private take(items: Camera[]): void {
    this.cameras = items;
    this.known = true;
  }

  /** Somebody has looked, and nothing was to be seen; null: through the whole list. */
  async look(camera: Camera | null): Promise<void> {
    const many = this.list.filter(({ fault }) => !fault).length;
    if (!(await this.changeCameras('looks', camera ? { cameras: [camera.id] } : {}))) return;
    this.seat.toasts.good(camera ? t('looked', { name: camera.name }) : t('looked_all', { n: many }));
    if (camera) this.choose(null); // on to what is due next
  }

  fault(camera: Camera): void {
    const offers = Object.keys(cameraFaults).map((fault) => ({
      label: named(cameraFaults, fault),
      does: () => void this.changeCameras('looks', { cameras: [], out_of_order: [{ camera_id: camera.id, fault }] }).then((done) => done && this.seat.toasts.good(t('faulty', { name: camera.name }))),
    }));
    this.asking.offer({ title: t('fault', { name: camera.name }), offers: withKeys(offers) });
  }

  /** Watch it, or watch it no longer. */
  async turn(camera: Camera): Promise<void> {
    if (await this.changeCameras('cameras', this.mine(camera) ? { leave: [camera.id] } : { take: [camera.id] })) this.choose(camera.id);
  }

  private async changeCameras(what: 'looks' | 'cameras', body: object): Promise<boolean> {
    const told = await this.seat.act<{ items: Camera[] }>(`/units/${this.unitId}/${what}`, body);
    if (told) this.take(told.items);
    return told !== null;
  }

  /** What is to be seen on a camera becomes an incident at its place. */
  raise(camera: Camera): void {
    const { reference } = this.seat;
    this.asking.ask({
      about: camera.id, title: t('raise', { name: camera.name }), say: t('raise.say'), confirm: t('raise.do'),
      fields: [
        { name: 'text', label: t('text'), kind: 'long', required: true, most: 2000 },
        { name: 'type', label: t('type'), kind: 'search', hint: t('type.hint'), search: (text) => reference.search(text, 8).map((type) => [type.code, reference.typeName(type.code)] as const) },
        { name: 'priority', label: t('priority'), kind: 'choice', options: [['', t('by_type')], ...['1', '2', '3', '4'].map((n) => [n, t('p', { n })] as const)] },
      ],
      does: ({ text, type, priority }) => tried(async () => {
        const body = { camera_id: camera.id, text: text!.trim(), ...(type ? { type } : {}), ...(priority ? { priority: Number(priority) } : {}) };
        const { id, number, opened_at: at } = await this.seat.api.act<Incident>(`/units/${this.unitId}/seen-on-camera`, body);
        this.raised = [{ id, number, camera: camera.name, at: at ?? new Date(this.seat.now()).toISOString() }, ...this.raised];
        this.seat.toasts.good(t('raised', { number }));
        this.readSoon();
      }),
    });
  }

  /** More of what is to be seen, to an incident it was asked about or raised. */
  note({ id, number }: { id: string; number: string }): void {
    this.asking.ask({
      about: id, title: t('note', { number }), confirm: t('note.do'), fields: [{ name: 'text', label: t('text'), kind: 'long', required: true, most: 2000 }],
      does: ({ text }) => tried(async () => {
        await this.seat.api.act(`/incidents/${id}/notes`, { kind: 'scene', text: text!.trim() });
        this.seat.toasts.good(t('noted', { number }));
      }),
    });
  }

  /** The next step of the request: accepted, then done. */
  async next(): Promise<void> {
    const { assignment } = this.request ?? {};
    if (assignment) await (assignment.state === 'accepted' ? this.seat.act(`/assignments/${assignment.id}/clear`, { result: 'handled' }) : this.seat.act(`/assignments/${assignment.id}/accept`));
  }

  /** Begin the shift, or be there for something else. */
  async duty(unit: Unit): Promise<void> {
    if (unit.duty === 'off_duty') return this.logOn(unit);
    const be = (body: object) => (): void => void this.seat.act(`/units/${unit.id}/duty`, body);
    const offers = [
      ...(unit.duty === 'available' ? [] : [{ key: 'a', label: t('available'), does: be({ duty: 'available' }) }]),
      ...[10, 15, 30].map((n) => ({ label: t('break', { n }), does: be({ duty: 'break', minutes: n }) })),
      { key: 'o', label: t('off'), danger: true, does: (): void => void this.seat.act(`/units/${unit.id}/log-off`) },
    ];
    this.asking.offer({ title: t('duty', { sign: unit.call_sign }), offers: withKeys(offers) });
  }

  private async logOn(unit: Unit): Promise<void> {
    const beats = await this.seat.api.get<{ items: { code: string; name: string }[] }>('/beats/names').catch(() => ({ items: [] }));
    const rostered = unit.shift?.beat?.code ?? '';
    this.asking.ask({
      title: t('log_on', { sign: unit.call_sign }), say: t('beat.say'), confirm: t('log_on.do'),
      fields: [
        { name: 'crew', label: t('crew'), kind: 'text', required: true, hint: t('crew.hint'), value: (unit.shift?.crew ?? []).join(' ') },
        { name: 'beat', label: t('beat'), kind: 'choice', value: rostered, options: [['', t('beat.none')], ...beats.items.map(({ code, name }) => [code, name] as const)] },
      ],
      does: ({ crew, beat }): Promise<Done> => tried(() => this.seat.api.act(`/units/${unit.id}/log-on`, { crew: crew!.split(/[\s,，、]+/).filter(Boolean), beat: beat || null })),
    });
  }
}

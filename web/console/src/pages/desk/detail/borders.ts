// What may be done with an incident at a border: say that duty is another room's and end that dispute, tell where it was seen, take
// part in its pursuit, end it. Offered beside all the other acts, and as buttons of their sections.

import { mayIn } from '../../../core/acts';
import { named, speaker, wording } from '../../../core/language.svelte';
import { plain } from '../../../core/names';
import { shortNumber } from '../../../core/order';
import type { components } from '../../../core/schema';
import type { Incident } from '../../../core/types';
import { tried, type Done, type Found, type Offer } from '../../../look/asking.svelte';
import { canDraw } from '../../../map/drawable';
import { compass } from '../../../words/terms';
import type { DeskState } from '../desk.svelte';
import { placesLike, type Named } from './finding';

export const words = {
  'dispute': ['提出管辖争议', 'Dispute jurisdiction'], 'other': ['应由哪个指挥室管辖', 'Whose jurisdiction it is'], 'why': ['理由', 'Why'], 'state': ['补充陈述', 'Add a statement'], 'concede': ['接受管辖', 'Take the duty'],
  'withdraw': ['撤回争议', 'Withdraw dispute'], 'decide': ['裁决', 'Decide dispute'], 'owner': ['由谁管辖', 'Who has jurisdiction'], 'dispute_say': ['处警不停：已派单位照常处置，由共同上级裁决。', 'Nothing stops: units go on, and the room above both decides.'],
  'seen': ['标记目击', 'Add a sighting'], 'where': ['目击地点', 'Where'], 'where.hint': ['地名、路口或门牌；不填则在图上点选', 'name, crossing or number; empty: click it on the map'], 'where.named': ['地名、路口或门牌', 'name, crossing or number'],
  'heading': ['去向', 'Heading'], 'heading.none': ['不明', 'not known'], 'speed': ['约多少公里/小时（可空）', 'About km/h (may be empty)'], 'text': ['说明', 'What was seen'],
  'pursue': ['转为追堵', 'Call it a pursuit'], 'end': ['结束追堵', 'End the pursuit'], 'outcome': ['结果', 'Outcome'], 'stopped': ['已截停', 'stopped'], 'lost': ['失去目标', 'lost'], 'caught': ['已抓获', 'caught'],
  'join': ['加入协同追堵', 'Take part'], 'take': ['接管指挥', 'Take command'], 'decline': ['不接管', 'Leave command there'], 'title': ['{number} {what}', '{number}: {what}'], 'group': ['流转', 'Pass on'], 'group.seen': ['补充', 'Add'],
} as const;
const t = speaker(words);
type Dispute = components['schemas']['DisputeShown'];
type Given = Readonly<Record<string, string>>;
export type BorderOffer = Omit<Offer, 'key'> & { key?: string; name: string };

export class BorderActs {
  constructor(private readonly desk: DeskState, private readonly incident: Incident) {}

  /** The dispute that stands. */
  get standing(): Dispute | undefined { return this.incident.disputes?.find((one) => one.state === 'raised'); }

  get all(): BorderOffer[] { return [...this.ofPursuit, ...this.ofDuty]; }

  /** What may be done about whose duty it is. */
  get ofDuty(): BorderOffer[] {
    const { incident, standing } = this;
    if (!standing) {
      const mine = this.below(incident.room) || (incident.proposed_room != null && this.below(incident.proposed_room));
      return mine && this.may('incident.dispute') ? [this.offer('dispute', () => this.dispute())] : [];
    }
    const may = (act: string): boolean => mayIn(`dispute.${act}`, this.desk.seat.session.roles, standing.state);
    const offers: BorderOffer[] = [];
    const judges = this.below(standing.judge_room); // who decides neither gives in nor gives up for a room below
    if (may('decide') && judges) offers.push(this.offer('decide', () => this.decide(standing)));
    if (may('concede') && !judges && this.below(standing.other_room)) offers.push(this.offer('concede', () => this.post(`/disputes/${standing.id}/concede`)));
    if (may('withdraw') && !judges && this.below(standing.by_room)) offers.push(this.offer('withdraw', () => this.post(`/disputes/${standing.id}/withdraw`)));
    if (may('state') && [standing.by_room, standing.other_room, standing.judge_room].some((room) => this.below(room))) offers.push(this.offer('state', () => this.state(standing)));
    return offers;
  }

  /** What may be done about where it goes. */
  get ofPursuit(): BorderOffer[] {
    const { incident } = this;
    const path = `/incidents/${incident.id}`;
    const { pursuit } = incident;
    const offers: BorderOffer[] = [];
    const offered = pursuit?.moving && pursuit.offer && !pursuit.offer.declined_at && incident.command.room !== pursuit.offer.room ? pursuit.offer.room : null;
    if (offered === this.own && offered && this.may('incident.take_command')) {
      offers.push(this.offer('take', () => this.post(`${path}/take`)), this.offer('decline', () => this.post(`${path}/pursuit/decline`)));
    }
    if (pursuit?.moving && !this.below(incident.room) && pursuit.entered.some((one) => !one.joined_at && this.below(one.room)) && this.may('incident.join_pursuit')) offers.push(this.offer('join', () => this.post(`${path}/pursuit/join`)));
    if (this.may('incident.seen_at')) offers.push({ ...this.offer('seen', () => this.seen()), key: '0', group: t('group.seen') });
    if (!pursuit?.moving && this.may('incident.pursue')) offers.push(this.offer('pursue', () => this.post(`${path}/pursuit`)));
    if (pursuit?.moving && this.may('incident.end_pursuit')) offers.push(this.offer('end', () => this.end()));
    return offers;
  }

  /** Where it was seen, by name or by the next click on the map, and how it goes on. */
  seen(): void {
    const { desk } = this;
    const drawable = canDraw(location.search);
    this.ask('seen', [
      { name: 'place', label: t('where'), kind: 'search', required: !drawable, hint: t(drawable ? 'where.hint' : 'where.named'), search: (text) => placesLike(desk, text) },
      { name: 'heading', label: t('heading'), kind: 'choice', options: [['', t('heading.none')], ...Object.keys(compass).map((eighth) => [String(Number(eighth) * 45), named(compass, eighth)] as const)] },
      { name: 'speed', label: t('speed'), kind: 'number' }, { name: 'text', label: t('text'), kind: 'text' },
    ], async (given) => {
      if (given['place']) {
        const spot = JSON.parse(given['place']) as Named;
        return this.tell(spot, { ...given, text: [spot.address, given['text']].filter(Boolean).join(' ') });
      }
      // Once the form has closed, which gives the focus back to where it was.
      setTimeout(() => desk.point((lon, lat) => { void this.tell({ lon, lat }, given).then((done) => { if (done !== true) desk.seat.toasts.bad(done); }); }));
      return true;
    });
  }

  private tell({ lon, lat }: { lon: number; lat: number }, given: Given): Promise<Done> {
    return this.does(`/incidents/${this.incident.id}/seen-at`, sightingOf(lon, lat, given));
  }

  private get own(): string | null { return this.desk.seat.session.room_id; }

  /** Whether a room is one's own or lies below it. */
  private below(room: string): boolean {
    return this.own !== null && Boolean(this.desk.seat.reference.rooms.get(room)?.lineage.includes(this.own));
  }

  private may(act: string): boolean { return mayIn(act, this.desk.seat.session.roles, this.incident.state); }

  private offer(name: keyof typeof words, does: () => void): BorderOffer { return { name, label: t(name as 'seen'), group: t('group'), does }; }

  private rooms(text: string, which: (id: string) => boolean): Found[] {
    const rooms = [...this.desk.seat.reference.rooms.values()].filter((room) => which(room.id) && plain(`${room.name_zh} ${room.name_en} ${room.code}`).includes(plain(text)));
    return rooms.slice(0, 8).map((room) => [room.id, wording(room)]);
  }

  private dispute(): void {
    const { incident } = this;
    const first = incident.proposed_room;
    const search = (text: string): Found[] => [...this.rooms(text, (id) => id === first), ...this.rooms(text, (id) => id !== first && id !== incident.room)].slice(0, 8);
    this.ask('dispute', [{ name: 'room', label: t('other'), kind: 'search', required: true, search }, { name: 'text', label: t('why'), kind: 'long', required: true }],
      ({ room, text }) => this.does(`/incidents/${incident.id}/disputes`, { other_room_id: room, text: text!.trim() }), t('dispute_say'));
  }

  private decide(one: Dispute): void {
    const { rooms } = this.desk.seat.reference;
    const options = [one.by_room, one.other_room, one.judge_room, ...[...rooms.values()].filter((room) => room.lineage.includes(one.judge_room)).map(({ id }) => id)];
    const among = [...new Set(options)].flatMap((id) => { const room = rooms.get(id); return room ? [[id, wording(room)] as const] : []; });
    this.ask('decide', [{ name: 'room', label: t('owner'), kind: 'choice', options: among }, { name: 'text', label: t('why'), kind: 'long', required: true }],
      ({ room, text }) => this.does(`/disputes/${one.id}/decide`, { room_id: room, text: text!.trim() }));
  }

  private state(one: Dispute): void {
    this.ask('state', [{ name: 'text', label: t('why'), kind: 'long', required: true }], ({ text }) => this.does(`/disputes/${one.id}/state`, { text: text!.trim() }));
  }

  private end(): void {
    const options = (['stopped', 'lost', 'caught'] as const).map((one) => [one, t(one)] as const);
    this.ask('end', [{ name: 'outcome', label: t('outcome'), kind: 'choice', options }], ({ outcome }) => this.does(`/incidents/${this.incident.id}/pursuit/end`, { outcome }));
  }

  private ask(what: keyof typeof words, fields: Parameters<DeskState['asking']['ask']>[0]['fields'], does: (values: Given) => Promise<Done>, say?: string): void {
    const said = t(what as 'seen');
    this.desk.asking.ask({ about: this.incident.id, ...(say ? { say } : {}), title: t('title', { number: shortNumber(this.incident.number, this.desk.seat.picture.newest), what: said }), confirm: said, fields, does });
  }

  private does(path: string, body: Record<string, unknown>): Promise<Done> { return tried(() => this.desk.seat.api.act(path, body)); }

  private post(path: string): void { void this.desk.seat.act(path, {}); }
}

/** A sighting as it is sent; what was left empty is not known. */
export function sightingOf(lon: number, lat: number, given: Given): Record<string, unknown> {
  const number = (text: string | undefined): number | null => (text?.trim() && Number.isFinite(Number(text)) ? Number(text) : null);
  const heading = number(given['heading']);
  const speed = number(given['speed']);
  return {
    lon, lat, source: 'seat', ...(heading === null ? {} : { heading: ((heading % 360) + 360) % 360 }), ...(speed === null ? {} : { speed: Math.max(0, speed) / 3.6 }),
    ...(given['text']?.trim() ? { text: given['text'].trim() } : {}),
  };
}

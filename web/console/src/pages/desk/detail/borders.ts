// What may be done with an incident at a border: say that duty is another room's and end that dispute, tell where it was seen, take
// part in its pursuit, end it. Offered beside all the other acts, and as buttons of their sections.

import { mayIn } from '../../../core/acts';
import { speaker, wording } from '../../../core/language.svelte';
import { plain } from '../../../core/names';
import { shortNumber } from '../../../core/order';
import type { components } from '../../../core/schema';
import type { Incident } from '../../../core/types';
import { tried, type Done, type Found, type Offer } from '../../../look/asking.svelte';
import type { DeskState } from '../desk.svelte';

export const words = {
  'dispute': ['提出管辖争议', 'Dispute the duty'], 'other': ['应由哪个指挥室管辖', 'Whose duty it is'], 'why': ['理由', 'Why'], 'state': ['补充陈述', 'Add a statement'], 'concede': ['接受管辖', 'Take the duty'],
  'withdraw': ['撤回争议', 'Withdraw'], 'decide': ['裁决', 'Decide'], 'owner': ['由谁管辖', 'Who has duty'], 'dispute_say': ['处警不停：已派单位照常处置，由共同上级裁决。', 'Nothing stops: units go on, and the room above both decides.'],
  'seen': ['图上标记目击', 'Seen: click the map'], 'heading': ['方向（度，可空）', 'Heading, degrees (may be empty)'], 'seen_here': ['目击位置', 'Seen here'], 'speed': ['公里/小时（可空）', 'km/h (may be empty)'], 'text': ['说明', 'What was seen'],
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
    if (may('decide') && this.below(standing.judge_room)) offers.push(this.offer('decide', () => this.decide(standing)));
    if (may('concede') && this.below(standing.other_room)) offers.push(this.offer('concede', () => this.post(`/disputes/${standing.id}/concede`)));
    if (may('withdraw') && this.below(standing.by_room)) offers.push(this.offer('withdraw', () => this.post(`/disputes/${standing.id}/withdraw`)));
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
    if (pursuit?.moving && pursuit.entered.some((one) => !one.joined_at && this.below(one.room)) && this.may('incident.join_pursuit')) offers.push(this.offer('join', () => this.post(`${path}/pursuit/join`)));
    if (this.may('incident.seen_at')) offers.push({ ...this.offer('seen', () => this.seen()), key: '0', group: t('group.seen') });
    if (!pursuit?.moving && this.may('incident.pursue')) offers.push(this.offer('pursue', () => this.post(`${path}/pursuit`)));
    if (pursuit?.moving && this.may('incident.end_pursuit')) offers.push(this.offer('end', () => this.end()));
    return offers;
  }

  /** The next click on the map is where it was seen; then it is asked how it goes on. */
  seen(): void {
    const { desk } = this;
    desk.aim = (lon, lat) => {
      desk.aim = null;
      this.ask('seen_here', [
        { name: 'heading', label: t('heading'), kind: 'number' }, { name: 'speed', label: t('speed'), kind: 'number' }, { name: 'text', label: t('text'), kind: 'text' },
      ], (given) => this.does(`/incidents/${this.incident.id}/seen-at`, seenOf(lon, lat, given)));
    };
    desk.open('map');
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
    this.ask('dispute', [{ name: 'room', label: t('other'), kind: 'search', required: true, hint: t('dispute_say'), search }, { name: 'text', label: t('why'), kind: 'long', required: true }],
      ({ room, text }) => this.does(`/incidents/${incident.id}/disputes`, { other_room_id: room, text: text!.trim() }));
  }

  private decide(one: Dispute): void {
    const { rooms } = this.desk.seat.reference;
    const options = [one.by_room, one.other_room, one.judge_room, ...[...rooms.values()].filter((room) => room.lineage.includes(one.judge_room)).map(({ id }) => id)];
    const named = [...new Set(options)].flatMap((id) => { const room = rooms.get(id); return room ? [[id, wording(room)] as const] : []; });
    this.ask('decide', [{ name: 'room', label: t('owner'), kind: 'choice', options: named }, { name: 'text', label: t('why'), kind: 'long', required: true }],
      ({ room, text }) => this.does(`/disputes/${one.id}/decide`, { room_id: room, text: text!.trim() }));
  }

  private state(one: Dispute): void {
    this.ask('state', [{ name: 'text', label: t('why'), kind: 'long', required: true }], ({ text }) => this.does(`/disputes/${one.id}/state`, { text: text!.trim() }));
  }

  private end(): void {
    const options = (['stopped', 'lost', 'caught'] as const).map((one) => [one, t(one)] as const);
    this.ask('end', [{ name: 'outcome', label: t('outcome'), kind: 'choice', options }], ({ outcome }) => this.does(`/incidents/${this.incident.id}/pursuit/end`, { outcome }));
  }

  private ask(what: keyof typeof words, fields: Parameters<DeskState['asking']['ask']>[0]['fields'], does: (values: Given) => Promise<Done>): void {
    const said = t(what as 'seen');
    this.desk.asking.ask({ title: t('title', { number: shortNumber(this.incident.number, this.desk.seat.picture.newest), what: said }), confirm: said, fields, does });
  }

  private does(path: string, body: Record<string, unknown>): Promise<Done> { return tried(() => this.desk.seat.api.act(path, body)); }

  private post(path: string): void { void this.desk.seat.act(path, {}); }
}

/** A sighting as it is sent; what was left empty is not known. */
export function seenOf(lon: number, lat: number, given: Given): Record<string, unknown> {
  const number = (text: string | undefined): number | null => (text?.trim() && Number.isFinite(Number(text)) ? Number(text) : null);
  const heading = number(given['heading']);
  const speed = number(given['speed']);
  return {
    lon, lat, source: 'seat', ...(heading === null ? {} : { heading: ((heading % 360) + 360) % 360 }), ...(speed === null ? {} : { speed: Math.max(0, speed) / 3.6 }),
    ...(given['text']?.trim() ? { text: given['text'].trim() } : {}),
  };
}

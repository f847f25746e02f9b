// Everything that may be done with a unit, as offers with a key each.

import { mayIn } from '../../../core/acts';
import { named, speaker, wording } from '../../../core/language.svelte';
import { plain, unitNamed } from '../../../core/names';
import type { Unit } from '../../../core/types';
import { tried, weighed, withKeys, type Done, type Found, type Offer } from '../../../look/asking.svelte';
import { causes } from '../../../words/terms';
import type { DeskState } from '../desk.svelte';

export const words = {
  'free': ['转空闲', 'Available'], 'busy': ['转忙碌', 'Busy'], 'break': ['小休', 'Break'], 'out': ['停勤', 'Out of service'], 'minutes': ['分钟', 'Minutes'], 'cause': ['原因', 'Cause'],
  'message': ['发消息', 'Message'], 'text': ['内容', 'Text'], 'check': ['已报平安', 'All well'], 'lend': ['借调', 'Lend'], 'back': ['归还', 'Give back'], 'room': ['指挥室', 'Room'],
  'log_on': ['上勤', 'Log on'], 'log_off': ['下勤', 'Log off'], 'crew': ['警号，空格分隔', 'Badge numbers, parted by spaces'], 'vehicle': ['车牌（可空，按排班）', 'Plate (empty: as rostered)'], 'relief': ['由谁接替未结任务（可空）', 'Who takes over its open job (may be empty)'],
  'track': ['近 1 小时轨迹', 'Track of the last hour'], 'map': ['在图上', 'On the map'], 'follow': ['跟随', 'Follow'], 'unfollow': ['停止跟随', 'Stop following'], 'backup': ['代求增援', 'Ask for backup'], 'count': ['几组', 'How many'],
  'emergency': ['代报遇险', 'Raise an emergency'], 'emergency_say': ['立即向本室、上级和相邻指挥室报警，直到语音确认后解除。', 'Sounds here, above and next door until somebody has spoken with the crew.'], 'sent': ['已发给 {unit}', 'Sent to {unit}'],
  'no_map': ['此处没有地图，轨迹无法显示', 'There is no map here to draw a track on'], 'duty': ['勤务', 'Duty'], 'talk': ['联络', 'Talk'], 'place': ['位置', 'Place'], 'going': ['代报前往待命', 'It goes to its standby'], 'is_there': ['代报已到位', 'It is at its standby'], 'call_off': ['取消待命', 'Call off its standby'], 'menu': ['{unit} 操作', 'Act on {unit}'], 'title': ['{unit} {what}', '{unit}: {what}'],
} as const;
const t = speaker(words);
/** What somebody most likely wants of a unit that is on no job. */
const LIKELY: Record<string, readonly string[]> = { available: ['message', 'map', 'break'], busy: ['free', 'message', 'map'], break: ['free', 'message', 'map'], out_of_service: ['free', 'message', 'map'], off_duty: ['log_on'] };
const RARE = new Set(['lend', 'back', 'log_off', 'follow']);

export class UnitActs {
  constructor(private readonly desk: DeskState, private readonly unit: Unit) {}

  get all(): Offer[] {
    const { unit, desk } = this;
    const { roles } = desk.seat.session;
    const offers: (Omit<Offer, 'key'> & { key: string; name: string })[] = [];
    const add = (act: string, key: string, group: 'duty' | 'talk' | 'place', name: keyof typeof words, does: () => void, danger = false): void => {
      if (mayIn(act, roles, unit.duty)) offers.push({ name, key, group: t(group), label: t(name as 'free'), does, danger });
    };
    if (unit.duty !== 'available' && unit.duty !== 'off_duty') add('unit.duty', 'f', 'duty', 'free', () => this.duty('available'));
    if (unit.duty === 'available' || unit.duty === 'busy') add('unit.duty', 'b', 'duty', 'break', () => this.rest());
    if (unit.duty === 'available') add('unit.duty', 'y', 'duty', 'busy', () => this.duty('busy'));
    if (unit.duty !== 'out_of_service' && unit.duty !== 'off_duty') add('unit.duty', 'o', 'duty', 'out', () => this.out());
    if (unit.duty === 'off_duty') add('unit.log_on', 'g', 'duty', 'log_on', () => this.logOn());
    else add('unit.log_off', 'x', 'duty', 'log_off', () => this.logOff());
    if (!unit.lent_to) add('unit.lend', 'l', 'duty', 'lend', () => this.lend());
    else add('unit.give_back', 'l', 'duty', 'back', () => this.act('give-back'));
    if (unit.standby) {
      if (unit.standby.state === 'sent') add('unit.take_standby', 'h', 'duty', 'going', () => this.act('standby/accept', { via: 'voice' }));
      else if (unit.standby.state === 'accepted') add('unit.take_standby', 'h', 'duty', 'is_there', () => this.act('standby/there', { via: 'voice' }));
      add('unit.end_standby', 'z', 'duty', 'call_off', () => this.act('standby/call-off'));
    }
    if (unit.duty !== 'off_duty') {
      add('unit.message', 'm', 'talk', 'message', () => this.message());
      add('unit.check', 'c', 'talk', 'check', () => this.act('checked'));
      if (unit.assignment_id) add('unit.backup', 'a', 'talk', 'backup', () => this.backup());
      add('unit.emergency', 'e', 'talk', 'emergency', () => this.emergency(), true);
    }
    offers.push({ name: 'map', key: 'p', group: t('place'), label: t('map'), does: () => this.show() });
    offers.push({ name: 'follow', key: 'w', group: t('place'), label: t(desk.followed === unit.id ? 'unfollow' : 'follow'), does: () => this.follow() });
    add('unit.track', 't', 'place', 'track', () => this.track());
    return withKeys(weighed(offers, unit.assignment_id ? ['message', 'backup', 'map'] : LIKELY[unit.duty] ?? [], RARE));
  }

  /** All of them as a menu. */
  menu(): boolean {
    return this.desk.asking.offer({ title: t('menu', { unit: this.unit.call_sign }), offers: this.all });
  }

  show(): void {
    const at = this.desk.seat.picture.fleet.at(this.unit.handle, Date.now());
    if (at) this.desk.go(at.lon, at.lat);
  }

  message(): void {
    const { unit, desk } = this;
    this.ask(t('message'), [{ name: 'text', label: t('text'), kind: 'text', required: true, most: 500 }], async ({ text }) => {
      const done = await this.post('message', { text: text!.trim() });
      if (done === true) desk.seat.toasts.good(t('sent', { unit: unit.call_sign }));
      return done;
    });
  }

  private duty(duty: string): void {
    this.act('duty', { duty });
  }

  private rest(): void {
    this.ask(t('break'), [{ name: 'minutes', label: t('minutes'), kind: 'number', value: '30', required: true }], ({ minutes }) => this.post('duty', { duty: 'break', minutes: Number(minutes) || 30 }));
  }

  private out(): void {
    const options = Object.keys(causes).map((cause) => [cause, named(causes, cause)] as const);
    this.ask(t('out'), [{ name: 'cause', label: t('cause'), kind: 'choice', options }], ({ cause }) => this.post('duty', { duty: 'out_of_service', cause }));
  }

  private logOn(): void {
    const { shift } = this.unit;
    this.ask(t('log_on'), [
      { name: 'crew', label: t('crew'), kind: 'text', value: (shift?.crew ?? []).join(' ') },
      { name: 'vehicle', label: t('vehicle'), kind: 'text', value: shift?.vehicle ?? '' },
    ], ({ crew, vehicle }) => this.post('log-on', { crew: crew!.split(/[\s,，、]+/).filter(Boolean), ...(vehicle!.trim() ? { vehicle: vehicle!.trim() } : {}) }));
  }

  private logOff(): void {
    const { seat } = this.desk;
    const search = (text: string): Found[] => {
      if (!text.trim()) return [];
      const found = unitNamed(text, [...seat.picture.units.values()].filter((one) => one.id !== this.unit.id && one.duty !== 'off_duty'));
      const all = 'one' in found ? [found.one] : 'many' in found ? found.many : [];
      return all.slice(0, 8).map((one) => [one.id, one.call_sign]);
    };
    this.ask(t('log_off'), [{ name: 'by', label: t('relief'), kind: 'search', search }], ({ by }) => this.post('log-off', by ? { relieved_by: by } : {}));
  }

  private lend(): void {
    const rooms = [...this.desk.seat.reference.rooms.values()];
    const search = (text: string): Found[] => rooms.filter((room) => room.id !== this.unit.room && plain(`${room.name_zh} ${room.name_en} ${room.code}`).includes(plain(text))).slice(0, 8).map((room) => [room.id, wording(room)]);
    this.ask(t('lend'), [{ name: 'room_id', label: t('room'), kind: 'search', required: true, search }, { name: 'minutes', label: t('minutes'), kind: 'number', value: '120', required: true }],
      ({ room_id, minutes }) => this.post('lend', { room_id, minutes: Number(minutes) || 120 }));
  }

  private backup(): void {
    this.ask(t('backup'), [{ name: 'count', label: t('count'), kind: 'number', value: '1' }, { name: 'text', label: t('text'), kind: 'text' }],
      ({ count, text }) => this.post('backup', { count: Number(count) || 1, via: 'voice', ...(text ? { text } : {}) }));
  }

  private emergency(): void {
    const { desk, unit } = this;
    desk.asking.ask({
      about: unit.id, title: t('title', { unit: unit.call_sign, what: t('emergency') }), say: t('emergency_say'), danger: true, confirm: t('emergency'),
      fields: [{ name: 'text', label: t('text'), kind: 'text' }], does: ({ text }) => this.post('emergency', { via: 'voice', ...(text ? { text } : {}) }),
    });
  }

  private follow(): void {
    const { desk, unit } = this;
    desk.followed = desk.followed === unit.id ? null : unit.id;
    desk.map?.follow(desk.followed);
    if (desk.followed) this.show();
  }

  /** On the map, for as long as the unit is selected or until it is switched off there. */
  private track(): void {
    const { desk, unit } = this;
    desk.seat.select({ unit: unit.id });
    desk.open('map');
    if (!desk.map?.track()) desk.seat.toasts.bad(t('no_map'));
  }

  private act(name: string, body: Record<string, unknown> = {}): void {
    void this.desk.seat.act(`/units/${this.unit.id}/${name}`, body);
  }

  private post(name: string, body: Record<string, unknown>): Promise<Done> {
    return tried(() => this.desk.seat.api.act(`/units/${this.unit.id}/${name}`, body));
  }

  private ask(what: string, fields: Parameters<DeskState['asking']['ask']>[0]['fields'], does: (values: Readonly<Record<string, string>>) => Promise<Done>, danger = false): void {
    this.desk.asking.ask({ about: this.unit.id, title: t('title', { unit: this.unit.call_sign, what }), confirm: what, danger, fields, does });
  }
}

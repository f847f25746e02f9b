// The paper page begins here: with a seat where there is a server, alone where there is none.

import { mount } from 'svelte';
import { Api, Refused } from '../../core/api';
import { spoken } from '../../core/language.svelte';
import { look } from '../../core/prefs.svelte';
import type { Session } from '../../core/types';
import { keepPages } from '../../offline/register';
import { PaperDesk } from '../../paper/desk.svelte';
import { Seat } from '../../seat/seat.svelte';
import Page from './Page.svelte';
import '../../look/base.css';

async function begin(): Promise<void> {
  look.apply();
  spoken.speak(spoken.now);
  const target = document.getElementById('app')!;
  const api = new Api('/api/v1', (input, init) => fetch(input, { ...init, signal: AbortSignal.timeout(8_000) }));
  void keepPages();
  try {
    const session = await api.get<Session>('/session');
    api.csrf = session.csrf_token ?? '';
    const seat = session.room_id ? new Seat(api, session, session.room_id, false) : null;
    if (seat) await seat.start();
    const code = seat?.room ? (seat.reference.rooms.get(seat.room)?.code ?? '') : '';
    const seatCode = session.seat?.code ?? null;
    mount(Page, { target, props: { seat, api, desk: await PaperDesk.open({ room: code, seat: seatCode }) } });
  } catch (error) {
    if (error instanceof Refused && error.status === 401) return location.replace('/');
    mount(Page, { target, props: { seat: null, api, desk: await PaperDesk.open(null) } });
  }
}

void begin();

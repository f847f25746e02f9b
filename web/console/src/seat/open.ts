// How every page but the sign-in begins: ask who sits here, mount the page, follow the feed.

import { mount, type Component } from 'svelte';
import { Api, Refused } from '../core/api';
import { spoken } from '../core/language.svelte';
import { windowOf } from '../core/pages';
import { look } from '../core/prefs.svelte';
import type { Session } from '../core/types';
import { shareAlerts } from './alerting';
import { keepPaper } from './paper';
import { isCrew, refusal, Seat } from './seat.svelte';
import '../look/base.css';

/** Mount `page` with the seat of whoever is signed in; nobody: to the sign-in page. quiet: a page to read, on which nothing sounds. */
export async function openSeat(page: Component<{ seat: Seat }>, { quiet = false } = {}): Promise<void> {
  look.apply();
  spoken.speak(spoken.now);
  window.name ||= windowOf(location.pathname);
  const target = document.getElementById('app')!;
  const api = new Api();
  try {
    const session = await api.get<Session>('/session');
    api.csrf = session.csrf_token ?? '';
    const seat = new Seat(api, session, isCrew(session) ? null : session.room_id, !quiet);
    if (!quiet) shareAlerts(seat);
    const asked = new URLSearchParams(location.search).get('incident');
    if (asked) seat.select({ incident: asked });
    mount(page, { target, props: { seat } });
    await seat.start();
    if (!quiet) keepPaper(seat);
  } catch (error) {
    if (error instanceof Refused && error.status === 401) location.replace('/');
    else {
      target.textContent = refusal(error);
      console.error(error);
    }
  }
}

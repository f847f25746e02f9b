// The wall 大屏 begins here: it listens without a sound, keeps no paper, and comes back by itself however long the line was gone.

import { mount } from 'svelte';
import { Api, Refused } from '../../core/api';
import { spoken } from '../../core/language.svelte';
import { look } from '../../core/prefs.svelte';
import type { Session } from '../../core/types';
import { Seat } from '../../seat/seat.svelte';
import '../../look/base.css';
import Wall from './Wall.svelte';

const AGAIN_MS = 3_000;

/** Ask who is signed in until somebody answers; nobody is: to the sign-in page. */
async function open(): Promise<void> {
  const api = new Api();
  for (;;) {
    try {
      const session = await api.get<Session>('/session');
      const seat = new Seat(api, session, session.room_id, false);
      mount(Wall, { target: document.getElementById('app')!, props: { seat } });
      return await seat.start();
    } catch (error) {
      if (error instanceof Refused && error.status === 401) return location.replace('/');
      await new Promise((on) => { setTimeout(on, AGAIN_MS); });
    }
  }
}

look.apply();
spoken.speak(spoken.now);
void open();

// The crew's page begins here: who is it, then the page, line or no line.

import { mount } from 'svelte';
import { Refused } from '../../core/api';
import { shelf } from '../../core/box';
import { speaker, spoken } from '../../core/language.svelte';
import type { Act } from '../../core/outbox';
import { look } from '../../core/prefs.svelte';
import { keepPages } from '../../offline/register';
import { refusedText } from '../../words/refusals';
import { Crew, patientApi, whoIsThere } from './crew.svelte';
import Unit from './Unit.svelte';
import '../../look/base.css';
import './unit.css';

const t = speaker({
  'no_line': ['服务器无应答，本机也没有保存过的登录。恢复网络后请刷新。', 'The server does not answer, and nobody has signed in on this telephone before. Reload once there is a line.'],
  'no_unit': ['此账号未绑定一线作战单元，请由管理员绑定，或用单元的一次性链接登录。', 'This account belongs to no unit. Have an administrator bind it to one, or sign in with a unit’s one-time link.'],
});

async function begin(): Promise<void> {
  look.apply();
  spoken.speak(spoken.now);
  const target = document.getElementById('app')!;
  const api = patientApi();
  const kept = await shelf<unknown>('kept');
  try {
    const { session } = await whoIsThere(api, kept);
    if (!session.unit_id) return void (target.textContent = t('no_unit'));
    const crew = new Crew(api, session, kept, await shelf<Act>('acts'));
    mount(Unit, { target, props: { crew } });
    await crew.start();
    crew.keeps = await keepPages();
  } catch (error) {
    if (error instanceof Refused && error.status === 401) location.replace('/');
    else target.textContent = error instanceof Refused ? refusedText(error.code, error.message) : t('no_line');
  }
}

void begin();

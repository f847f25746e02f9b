// The page comes up here: who sits at this seat, what the city is made of, then the live feed, and every key.

import { Alerts } from './alerts.js';
import { AlarmForm } from './alarm_form.js';
import { Api, Refused } from './api.js';
import { Board } from './board.js';
import { Calls } from './calls.js';
import { CityMap } from './map.js';
import { Detail } from './detail.js';
import { el } from './dom.js';
import { Feed } from './feed.js';
import { Picture } from './picture.js';
import { Plan } from './plan.js';
import { Queue } from './queue.js';
import { Reference } from './reference.js';
import { Roll } from './roll.js';
import { Seat } from './seat.js';
import { Sound } from './sound.js';
import { Strip } from './strip.js';
import { Toasts } from './toasts.js';
import { decodePositions } from './wire.js';
import { currentLanguage, fill, loadMessages, onLanguage, switchLanguage, t } from './text.js';

const TABS = ['queue', 'map', 'board', 'detail'];
const REFERENCE = new Set(['room', 'jurisdiction', 'call_point', 'type_tree']);
const DRAW_EVERY_MS = 80;
const THEME = 'dispatch110.theme';
const SCALE = 'dispatch110.scale';
const $ = (id) => document.getElementById(id);

async function main() {
  keepLook();
  await loadMessages();
  const api = new Api();
  const session = await whoAmI(api);
  if (!session) return;
  api.csrf = session.csrf_token ?? '';
  const seat = new Seat({ api, picture: new Picture(), reference: new Reference(api), session });
  const panels = furnish(seat);
  const missing = await seat.reference.load();
  if (missing.length) seat.tell('toast', { kind: 'bad', text: t('reference.missing', { n: missing.map((one) => one.name).join(', ') }) });
  seat.tell('reference');
  drawGround(seat);
  follow(seat);
  keys(seat, panels);
  setInterval(() => seat.tell('beat'), 1000);
}

function drawGround(seat) {
  const drawn = (sketch) => sketch && seat.tell('ground', sketch); // a city may have no map
  seat.api.get('/ground').then(drawn, () => seat.tell('toast', { kind: 'bad', text: t('map.no_ground') }));
}

async function whoAmI(api) {
  try {
    return await api.get('/session');
  } catch (error) {
    if (error instanceof Refused && error.status === 401) location.replace('/');
    else document.querySelector('#desk').replaceChildren(el('p.empty.bad', {}, t('refused.network')));
    return null;
  }
}

function furnish(seat) {
  const panels = {
    strip: new Strip(seat, $('strip')), queue: new Queue(seat, $('queue')), board: new Board(seat, $('board')),
    map: new CityMap(seat, $('map')), plan: new Plan(seat, $('plan')), detail: new Detail(seat, $('detail')),
    calls: new Calls(seat, $('calls')), roll: new Roll(seat, $('roll'), $('roll-call')), form: new AlarmForm(seat, $('alarm-form')), toasts: new Toasts(seat, $('toasts')),
    alerts: new Alerts(seat, $('banner'), $('bell'), new Sound()),
  };
  $('new-alarm').addEventListener('click', () => panels.form.open());
  $('switch-language').addEventListener('click', switchLanguage);
  $('sign-out').addEventListener('click', () => signOut(seat));
  const theme = () => { toggleTheme(); seat.tell('theme'); names(); };
  $('switch-theme').addEventListener('click', theme);
  $('switch-scale').addEventListener('click', () => { toggleScale(); seat.tell('picture', {}); names(); });
  onLanguage(() => { names(); seat.tell('language'); });
  tabs(seat);
  names();
  return panels;
}

function names() {
  fill(document);
  document.title = `${t('desk')} · Dispatch 110`;
  const language = $('switch-language');
  language.textContent = currentLanguage() === 'zh' ? 'EN' : '中文';
  language.lang = currentLanguage() === 'zh' ? 'en' : 'zh-CN';
  const dark = document.documentElement.dataset.theme === 'dark';
  $('switch-theme').textContent = t(dark ? 'theme.light' : 'theme.dark');
  $('switch-scale').textContent = t(document.documentElement.dataset.scale ? 'scale.normal' : 'scale.large');
}

function follow(seat) {
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
  const changed = batch((ids) => seat.tell('picture', { ids }));
  const reload = later(async () => { await seat.reference.load(); seat.tell('reference'); seat.tell('picture', {}); }, 1000);
  seat.feed = new Feed({
    url: `${scheme}://${location.host}/api/v1/live`, picture: seat.picture, room: seat.session.room_id,
    on: {
      snapshot: () => seat.tell('picture', {}),
      event: (event) => {
        if (REFERENCE.has(event.noun)) reload();
        if (event.noun === 'city') drawGround(seat);
        changed([event.id, ...(event.also ?? []).map((other) => other.id)]);
      },
      positions: (buffer) => {
        seat.picture.move(decodePositions(buffer), Date.now());
        seat.tell('positions');
      },
      link: () => seat.tell('link'),
      time: (at) => seat.learnTime(at),
      refused: (error) => seat.tell('toast', { kind: 'bad', text: error.detail }),
      revoked: () => location.replace('/'),
    },
  });
  seat.feed.start();
  addEventListener('pagehide', () => seat.feed.stop());
}

/** The first event is drawn at once, those that follow closely together: a flood of events leaves time for keys. */
function batch(tell) {
  let ids = null;
  let drawnMs = 0;
  return (more) => {
    if (!ids) {
      ids = new Set();
      setTimeout(() => {
        const told = ids;
        ids = null;
        drawnMs = performance.now();
        tell(told);
      }, Math.max(0, drawnMs + DRAW_EVERY_MS - performance.now()));
    }
    for (const id of more) ids.add(id);
  };
}

function later(act, waitMs) {
  let timer = null;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(act, waitMs);
  };
}

function tabs(seat) {
  const show = (name) => {
    $('desk').dataset.tab = name;
    for (const tab of $('tabs').children) tab.setAttribute('aria-pressed', String(tab.dataset.tab === name));
  };
  $('tabs').append(...TABS.map((name) => el('button', { type: 'button', 'data-tab': name, 'data-t': `tab.${name}`, on: { click: () => show(name) } })));
  show('queue');
  seat.on('select', () => {
    if ($('desk').dataset.tab === 'queue' && seat.incidentId) show('detail');
    if ($('desk').dataset.tab === 'board' && seat.unitId) show('detail');
  });
  seat.on('go', () => show('map'));
}

function keys(seat, { queue, board, map, plan, detail, form, toasts, alerts }) {
  const named = {
    F2: () => queue.focus(), F3: () => plan.ask(), F4: () => board.focus(), F6: () => map.focus(), F7: () => detail.focus(),
    F8: () => alerts.acknowledge(), F9: () => alerts.silence(),
  };
  addEventListener('keydown', (event) => {
    if (event.isComposing || event.defaultPrevented) return;
    if (named[event.key]) {
      event.preventDefault();
      named[event.key]();
      return;
    }
    if (event.key.toLowerCase() === 'z' && (event.ctrlKey || event.metaKey) && !typing(event.target)) {
      event.preventDefault();
      toasts.undo();
      return;
    }
    if (event.ctrlKey || event.altKey || event.metaKey || typing(event.target)) return;
    if (/^[1-9]$/.test(event.key) && plan.toggle(Number(event.key))) event.preventDefault();
    else if (event.key === 'Enter' && !event.target.closest('button, a, select')) {
      event.preventDefault();
      plan.order();
    } else if (event.key.toLowerCase() === 'n') {
      event.preventDefault();
      form.open();
    } else if (event.key === 'Escape') seat.select({});
  });
}

const typing = (node) => node instanceof Element && Boolean(node.closest('input, textarea, select, [contenteditable], dialog'));

async function signOut(seat) {
  seat.feed?.stop();
  await seat.api.end('/session').catch(() => {}); // the door shows whether one is still inside
  location.replace('/');
}

function keepLook() {
  const root = document.documentElement;
  root.dataset.theme = localStorage.getItem(THEME) === 'light' ? 'light' : 'dark';
  if (localStorage.getItem(SCALE) === 'large') root.dataset.scale = 'large';
}

function toggleTheme() {
  const root = document.documentElement;
  root.dataset.theme = root.dataset.theme === 'dark' ? 'light' : 'dark';
  localStorage.setItem(THEME, root.dataset.theme);
}

function toggleScale() {
  const root = document.documentElement;
  if (root.dataset.scale) delete root.dataset.scale;
  else root.dataset.scale = 'large';
  localStorage.setItem(SCALE, root.dataset.scale ?? '');
}

main();

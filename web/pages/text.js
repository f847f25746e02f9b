// What people read, in Chinese first and in English: one file of messages, one switch, kept in this browser.

const KEPT = 'dispatch110.language';
const LANGUAGES = { zh: 'zh-CN', en: 'en' };

let messages = {};
let language = localStorage.getItem(KEPT) === 'en' ? 'en' : 'zh';
const listeners = new Set();

export async function loadMessages() {
  const answer = await fetch('/assets/messages.json');
  if (!answer.ok) throw new Error(`messages: ${answer.status}`);
  messages = await answer.json();
  apply();
}

export const currentLanguage = () => language;

/** The message; `{name}` is filled from `values`. */
export function t(key, values = {}) {
  const entry = messages[key];
  if (!entry) return key;
  return entry[language].replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** The wording of something the server says in both languages. */
export const wording = (both) => (language === 'zh' ? both.zh ?? both.name_zh : both.en ?? both.name_en) ?? '';

export function switchLanguage() {
  language = language === 'zh' ? 'en' : 'zh';
  localStorage.setItem(KEPT, language);
  apply();
  for (const listener of listeners) listener();
}

export const onLanguage = (listener) => listeners.add(listener);

function apply() {
  document.documentElement.lang = LANGUAGES[language];
  fill(document);
}

/** Fill every element that names its message in data-t, data-t-title or data-t-label. */
export function fill(root) {
  for (const node of root.querySelectorAll('[data-t]')) node.textContent = t(node.dataset.t);
  for (const node of root.querySelectorAll('[data-t-title]')) node.title = t(node.dataset.tTitle);
  for (const node of root.querySelectorAll('[data-t-label]')) node.setAttribute('aria-label', t(node.dataset.tLabel));
  for (const node of root.querySelectorAll('[data-t-hint]')) node.placeholder = t(node.dataset.tHint);
}

/** 0:07, 12:34, 1:02:03, then whole days. */
export function clockText(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (n) => String(n).padStart(2, '0');
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  if (h >= 48) return t('time.days', { n: Math.floor(h / 24) });
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** The age of a fix as short as can be: 4s, 3m, 2h. */
export function ageText(seconds) {
  if (seconds === null) return t('fix.never');
  if (!Number.isFinite(seconds)) return t('fix.old');
  if (seconds < 60) return t('time.s', { n: Math.floor(seconds) });
  if (seconds < 3600) return t('time.m', { n: Math.floor(seconds / 60) });
  return t('time.h', { n: Math.floor(seconds / 3600) });
}

/** A moment as the wall clock of this seat shows it. */
export function momentText(iso) {
  if (!iso) return '';
  const at = new Date(iso);
  return at.toLocaleTimeString('en-GB', { hour12: false });
}

export function distanceText(metres) {
  if (metres === null) return '—';
  return metres < 1000 ? `${Math.round(metres)} m` : `${(metres / 1000).toFixed(1)} km`;
}

// The sign-in page says its text in the language this browser prefers; it works without this script too, in Chinese.

import { currentLanguage, fill, loadMessages, onLanguage, switchLanguage } from './text.js';

const button = document.getElementById('switch-language');

function name() {
  button.textContent = currentLanguage() === 'zh' ? 'English' : '中文';
  button.lang = currentLanguage() === 'zh' ? 'en' : 'zh-CN';
}

if (localStorage.getItem('dispatch110.theme') === 'light') document.documentElement.dataset.theme = 'light';
button.addEventListener('click', switchLanguage);
onLanguage(name);
// A link opened from another site carries no strict cookie on its first page: ask from here whether one is signed in.
if ((await fetch('/api/v1/session')).ok) location.reload();
await loadMessages();
fill(document);
name();
button.hidden = false; // it does something only now

// The service worker: keeps the pages that must open without a line (the crew's and the paper one) with all their files. Documents
// are asked for at the server first, so an update is never held back; files are named by their content, so they never are wrong.
// Answers of the interface are none of its business.

/** Page → its files, put in when the console is built. */
declare const __KEPT_PAGES__: Readonly<Record<string, readonly string[]>>;
/** What a page shows when its server is gone: the crew's page itself, the paper one everywhere else. */
const INSTEAD: Readonly<Record<string, string>> = { '/unit': '/unit' };
const PAPER = '/paper';
const PAGES = new Set(['/unit', '/paper', '/desk', '/call', '/follow-up', '/']);
const CACHE = 'dispatch110-pages';
const PATIENCE_MS = 6_000;

interface Worker {
  skipWaiting(): Promise<void>;
  clients: { claim(): Promise<void>; matchAll(how: object): Promise<{ focus(): Promise<unknown>; url: string }[]>; openWindow(url: string): Promise<unknown> };
  addEventListener(type: string, listener: (event: any) => void): void; // eslint-disable-line @typescript-eslint/no-explicit-any
}
const worker = self as unknown as Worker;
const files = new Set(Object.values(__KEPT_PAGES__).flat());

worker.addEventListener('install', (event: { waitUntil(work: Promise<unknown>): void }) => {
  event.waitUntil(gather().then(() => worker.skipWaiting()));
});
worker.addEventListener('activate', (event: { waitUntil(work: Promise<unknown>): void }) => {
  event.waitUntil(tidy().then(() => worker.clients.claim()));
});
worker.addEventListener('fetch', (event: { request: Request; respondWith(answer: Promise<Response>): void }) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== location.origin) return;
  if (request.mode === 'navigate' && PAGES.has(url.pathname)) event.respondWith(page(request, url.pathname));
  else if (files.has(url.pathname)) event.respondWith(file(request));
});
worker.addEventListener('notificationclick', (event: { notification: { close(): void }; waitUntil(work: Promise<unknown>): void }) => {
  event.notification.close();
  event.waitUntil(toUnit());
});

/** Every file of the kept pages. The documents come with it where somebody is signed in, else with the first visit. */
async function gather(): Promise<void> {
  const cache = await caches.open(CACHE);
  const wanted = await Promise.all([...files].map(async (path) => ((await cache.match(path)) ? null : path)));
  await cache.addAll(wanted.filter((path) => path !== null));
  await Promise.all(Object.keys(__KEPT_PAGES__).map((path) => keep(path).catch(() => {})));
}

/** What no page of today needs any more. */
async function tidy(): Promise<void> {
  const cache = await caches.open(CACHE);
  const wanted = new Set([...files, ...Object.keys(__KEPT_PAGES__)]);
  for (const request of await cache.keys()) if (!wanted.has(new URL(request.url).pathname)) await cache.delete(request);
}

async function keep(path: string): Promise<void> {
  await remember(path, await fetch(path, { credentials: 'same-origin', cache: 'no-cache' }));
}

/** Only the page itself is kept, never the sign-in that stands in its place. */
async function remember(path: string, answer: Response): Promise<void> {
  const wanted = __KEPT_PAGES__[path];
  if (!wanted || !answer.ok) return;
  const text = await answer.clone().text();
  if (text.includes(`name="page" content="${path.slice(1)}"`)) await (await caches.open(CACHE)).put(path, answer.clone());
}

async function page(request: Request, path: string): Promise<Response> {
  const asked = fetch(request);
  const kept = await caches.match(INSTEAD[path] ?? PAPER);
  if (!kept) {
    const answer = await asked;
    await remember(path, answer);
    return answer;
  }
  const late = new Promise<null>((done) => setTimeout(() => done(null), PATIENCE_MS));
  const answer = await Promise.race([asked, late]).catch(() => null);
  if (!answer || answer.status >= 500) return kept;
  await remember(path, answer);
  return answer;
}

async function file(request: Request): Promise<Response> {
  const kept = await caches.match(request, { ignoreVary: true });
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) await (await caches.open(CACHE)).put(request, answer.clone());
  return answer;
}

async function toUnit(): Promise<void> {
  const windows = await worker.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const open = windows.find(({ url }) => new URL(url).pathname === '/unit');
  await (open ? open.focus() : worker.clients.openWindow('/unit'));
}

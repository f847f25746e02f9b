// Asking and acting over HTTP. Every act carries a key of its own, sent again unchanged until an answer is certain; a server that
// is silent is not waited for without end.

const TRIES = 3;
const WAIT_MS = 400;
/** One try; whoever asks hears after that, at the latest, that nobody answered. */
const WITHIN_MS = 10_000;

export interface Problem {
  code?: string;
  detail?: string;
  field?: string | null;
  [more: string]: unknown;
}

/** A refusal: `code` is stable, the message a sentence for people, everything else is in `problem`. */
export class Refused extends Error {
  readonly code: string;

  constructor(readonly status: number, readonly problem: Problem) {
    super(problem.detail ?? `HTTP ${status}`);
    this.code = problem.code ?? 'unknown';
  }
}

export interface Answer<T> {
  body: T;
  etag: string | null;
}

export class Api {
  csrf = '';

  constructor(readonly base = '/api/v1', private readonly fetches: typeof fetch = (...call) => fetch(...call)) {}

  async get<T>(path: string): Promise<T> {
    return (await this.send<T>('GET', path, {}, undefined)).body;
  }

  /** With the ETag that a change must bring back. */
  async read<T>(path: string): Promise<Answer<T>> {
    return this.send<T>('GET', path, {}, undefined);
  }

  /** Change what was read under this ETag; 412 when somebody was quicker. */
  async change<T>(method: 'PATCH' | 'PUT', path: string, body: unknown, etag: string): Promise<Answer<T>> {
    return this.surely<T>(method, path, body, { 'If-Match': etag });
  }

  /** End something of one's own, such as the session. */
  async end(path: string): Promise<void> {
    await this.send('DELETE', path, { 'X-CSRF-Token': this.csrf }, undefined);
  }

  /** One act; the same key for every try, so it happens once. withinMs: what takes long by its nature, such as telling a week again. */
  async act<T>(path: string, body: unknown = {}, key = newKey(), withinMs = WITHIN_MS): Promise<T> {
    return (await this.surely<T>('POST', path, body, { 'Idempotency-Key': key }, withinMs)).body;
  }

  /** An act on what was read as this version; refused when somebody was quicker. */
  async actOn<T>(path: string, version: number, body: unknown = {}, key = newKey()): Promise<T> {
    return (await this.surely<T>('POST', path, body, { 'Idempotency-Key': key, 'If-Match': `"${version}"` })).body;
  }

  private async surely<T>(method: string, path: string, body: unknown, more: Record<string, string>, withinMs = WITHIN_MS): Promise<Answer<T>> {
    const headers = { 'Content-Type': 'application/json', 'X-CSRF-Token': this.csrf, ...more };
    for (let left = TRIES - 1; ; left -= 1) {
      try {
        return await this.send<T>(method, path, headers, JSON.stringify(body), withinMs);
      } catch (error) {
        const uncertain = !(error instanceof Refused) || error.status === 503;
        if (!uncertain || left === 0) throw error;
        await new Promise((done) => setTimeout(done, WAIT_MS));
      }
    }
  }

  private async send<T>(method: string, path: string, headers: Record<string, string>, body: string | undefined, withinMs = WITHIN_MS): Promise<Answer<T>> {
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(new DOMException(`no answer within ${withinMs / 1000} s`, 'TimeoutError')), withinMs);
    const asked: RequestInit = { method, headers, credentials: 'same-origin', signal: patience.signal };
    if (body !== undefined) asked.body = body;
    try {
      const answer = await this.fetches(this.base + path, asked);
      return heard<T>(answer, await answer.text());
    } finally {
      clearTimeout(timer);
    }
  }
}

/** What an answer says; throws Refused for one that says no. */
export function heard<T>(answer: Response, text: string): Answer<T> {
  let content: unknown = null;
  try {
    content = text ? JSON.parse(text) : null;
  } catch {
    content = { detail: text.slice(0, 200) };
  }
  if (!answer.ok) throw new Refused(answer.status, (content ?? {}) as Problem);
  return { body: content as T, etag: answer.headers.get('etag') };
}

/** 128 random bits; crypto.randomUUID is missing on pages that came over plain HTTP from another machine. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

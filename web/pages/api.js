// Asking and acting over HTTP. Every act carries a key of its own, sent again unchanged until an answer is certain.

const TRIES = 3;
const WAIT_MS = 400;

/** A refusal: `code` is stable, `detail` a sentence for people, everything else is in `problem`. */
export class Refused extends Error {
  constructor(status, problem) {
    super(problem.detail ?? `HTTP ${status}`);
    this.status = status;
    this.code = problem.code ?? 'unknown';
    this.problem = problem;
  }
}

export class Api {
  constructor(base = '/api/v1') {
    this.base = base;
    this.csrf = '';
  }

  async get(path) {
    return this.#send('GET', path, {}, undefined);
  }

  /** End something of one's own, such as the session. */
  async end(path) {
    return this.#send('DELETE', path, { 'X-CSRF-Token': this.csrf }, undefined);
  }

  /** One act; the same key for every try, so it happens once. */
  async act(path, body = {}) {
    const headers = {
      'Content-Type': 'application/json', 'Idempotency-Key': newKey(), 'X-CSRF-Token': this.csrf,
    };
    for (let left = TRIES - 1; ; left -= 1) {
      try {
        return await this.#send('POST', path, headers, JSON.stringify(body));
      } catch (error) {
        const uncertain = !(error instanceof Refused) || error.status === 503;
        if (!uncertain || left === 0) throw error;
        await new Promise((done) => { setTimeout(done, WAIT_MS); });
      }
    }
  }

  async #send(method, path, headers, body) {
    const answer = await fetch(this.base + path, { method, headers, body, credentials: 'same-origin' });
    const text = await answer.text();
    let content = null;
    try {
      content = text ? JSON.parse(text) : null;
    } catch {
      content = { detail: text.slice(0, 200) };
    }
    if (!answer.ok) throw new Refused(answer.status, content ?? {});
    return content;
  }
}

/** 128 random bits; crypto.randomUUID is missing on pages that came over plain HTTP from another machine. */
function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

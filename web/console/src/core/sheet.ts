// A file sent as it is, such as a sheet: whichever way an office program wrote it, the server reads it.

import { heard, newKey, type Api } from './api';

const WITHIN_MS = 60_000;

/** Post a file once; throws Refused for an answer that says no. */
export async function sendSheet<T>(api: Api, path: string, file: Blob): Promise<T> {
  const headers = { 'Content-Type': 'text/csv', 'X-CSRF-Token': api.csrf, 'Idempotency-Key': newKey() };
  const answer = await fetch(api.base + path, { method: 'POST', headers, body: file, credentials: 'same-origin', signal: AbortSignal.timeout(WITHIN_MS) });
  return heard<T>(answer, await answer.text()).body;
}

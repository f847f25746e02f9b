// A window's end of the line to the live feed: through the shared worker where the browser has one, by itself elsewhere.

import { Keeper, type Asked, type Passed } from '../core/keeper';

export interface Line {
  ask(asked: Asked): void;
}

/** Join the feed of a room (null: of one's own unit). name: one worker for each session, so that two people share none. */
export function openLine(name: string, room: string | null, hear: (message: Passed) => void): Line {
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
  const join: Asked = { join: { url: `${scheme}://${location.host}/api/v1/live`, room } };
  const line = 'SharedWorker' in globalThis ? shared(`${name}:${room}`, hear) : alone(hear);
  line.ask(join);
  addEventListener('pagehide', () => line.ask({ leave: true }));
  addEventListener('pageshow', (event) => event.persisted && line.ask(join));
  return line;
}

function shared(name: string, hear: (message: Passed) => void): Line {
  const { port } = new SharedWorker(new URL('./worker.ts', import.meta.url), { type: 'module', name });
  port.onmessage = ({ data }) => hear(data as Passed);
  port.start();
  return { ask: (asked) => port.postMessage(asked) };
}

function alone(hear: (message: Passed) => void): Line {
  const keeper = new Keeper();
  const window = { post: hear };
  return { ask: (asked) => keeper.hear(window, asked) };
}

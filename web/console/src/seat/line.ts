// A window's end of the line to the live feed: through the shared worker where the browser has one, by itself elsewhere.

import { Keeper, type Asked, type Passed } from '../core/keeper';

const LOOK_MS = 5_000;
const DEAD_LOOKS = 4; // with a server or without one, a living worker says something each second; a sleep of the machine counts as one look

export interface Line {
  ask(asked: Asked): void;
}

/** Join the feed of a room (null: of one's own unit). name: one worker for each session, so that two people share none. */
export function openLine(name: string, room: string | null, hear: (message: Passed) => void): Line {
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
  const join: Asked = { join: { url: `${scheme}://${location.host}/api/v1/live`, room } };
  const line = 'SharedWorker' in globalThis ? shared(`${name}:${room}`, join, hear) : alone(hear);
  line.ask(join);
  addEventListener('pagehide', () => line.ask({ leave: true }));
  addEventListener('pageshow', (event) => event.persisted && line.ask(join));
  return line;
}

/** A worker that has died, or hangs, is left and another one begun in its place. */
function shared(name: string, join: Asked, hear: (message: Passed) => void): Line {
  let silent = 0;
  let nth = 0;
  const open = (): MessagePort => {
    const { port } = new SharedWorker(new URL('./worker.ts', import.meta.url), { type: 'module', name: nth ? `${name}#${nth}` : name });
    port.onmessage = ({ data }) => {
      silent = 0;
      hear(data as Passed);
    };
    port.start();
    return port;
  };
  let port = open();
  setInterval(() => {
    silent += 1;
    if (silent < DEAD_LOOKS) return;
    silent = 0;
    nth += 1;
    port.postMessage({ leave: true } satisfies Asked);
    port.onmessage = null;
    port = open();
    port.postMessage(join);
  }, LOOK_MS);
  return { ask: (asked) => port.postMessage(asked) };
}

function alone(hear: (message: Passed) => void): Line {
  const keeper = new Keeper();
  const window = { post: hear };
  return { ask: (asked) => keeper.hear(window, asked) };
}

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
  let looked: Asked[] = [];
  /** Whoever hears us for the first time is told where this window looks, or it would hear of the whole city. */
  const begin = (ask: Line['ask']): void => [join, ...looked].forEach(ask);
  const line = 'SharedWorker' in globalThis ? shared(`${name}:${room}`, begin, hear) : alone(hear);
  begin(line.ask);
  addEventListener('pagehide', () => line.ask({ leave: true }));
  addEventListener('pageshow', (event) => event.persisted && begin(line.ask));
  return {
    ask: (asked) => {
      if ('look' in asked) looked = [asked];
      line.ask(asked);
    },
  };
}

/** A worker that has died, or hangs, is left and another one begun in its place. */
function shared(name: string, begin: (ask: Line['ask']) => void, hear: (message: Passed) => void): Line {
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
  const ask = (asked: Asked): void => port.postMessage(asked);
  setInterval(() => {
    silent += 1;
    if (silent < DEAD_LOOKS) return;
    silent = 0;
    nth += 1;
    port.postMessage({ leave: true } satisfies Asked);
    port.onmessage = null;
    port = open();
    begin(ask);
  }, LOOK_MS);
  return { ask };
}

function alone(hear: (message: Passed) => void): Line {
  const keeper = new Keeper();
  const window = { post: hear };
  return { ask: (asked) => keeper.hear(window, asked) };
}

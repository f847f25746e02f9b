// The shared worker that holds a seat's one socket; every window of the seat talks to it through a port.

import { Keeper, type Asked, type Window } from '../core/keeper';

const keeper = new Keeper();

self.addEventListener('error', ({ message }) => keeper.fail(message));
self.addEventListener('unhandledrejection', ({ reason }) => keeper.fail(String(reason)));

(self as unknown as { onconnect: (event: MessageEvent) => void }).onconnect = ({ ports: [port] }) => {
  if (!port) return;
  const window: Window = { post: (message) => port.postMessage(message) };
  port.onmessage = ({ data }) => keeper.hear(window, data as Asked);
  port.start();
};

// Shapes of status in a box of 12: shape and colour say the same, so either may be missed.
export const SHAPES = {
  circle: 'M6 1.200a4.800 4.800 0 1 1 0 9.600a4.800 4.800 0 1 1 0-9.600z',
  square: 'M1.600 1.600h8.800v8.800h-8.800z',
  triangle: 'M6 .8L11.400 10.600H.6z',
  diamond: 'M6 .4L11.600 6L6 11.600L.4 6z',
  ring: 'M6 1.200a4.800 4.800 0 1 1 0 9.600a4.800 4.800 0 1 1 0-9.600zM6 3.400a2.600 2.600 0 1 0 0 5.200a2.600 2.600 0 1 0 0-5.200z',
  half: 'M6 1.200a4.800 4.800 0 1 0 0 9.600z M7.200 1.400v1.400a3.400 3.400 0 0 1 0 6.400v1.400a4.800 4.800 0 0 0 0-9.200z',
  pause: 'M2.200 1.500h2.800v9h-2.800zM7 1.500h2.800v9h-2.800z',
  cross: 'M2.400 .9L6 4.500 9.600 .9 11.100 2.400 7.500 6 11.100 9.600 9.600 11.100 6 7.500 2.400 11.100 .9 9.600 4.500 6 .9 2.400z',
  alert: 'M.6 1.400H11.400L6 11.200zM5.300 3v3.400h1.400V3zM5.300 7.300v1.400h1.400V7.300z',
  tick: 'M1 6.400L2.500 4.900 4.800 7.200 9.600 2 11.100 3.500 4.800 10.200z',
  bell: 'M6 .6a3.400 3.400 0 0 1 3.400 3.400v2.800l1.400 1.800H1.200l1.400-1.800V4A3.400 3.400 0 0 1 6 .6zM4.600 9.400h2.800a1.400 1.400 0 0 1-2.800 0z',
} as const;
export type Shape = keyof typeof SHAPES;
export type Colour = 'ok' | 'ordered' | 'enroute' | 'scene' | 'lost' | 'idle' | 'crit';

/** State of a unit, assignment or incident → [shape, colour class]. */
export const LOOK: Readonly<Record<string, readonly [Shape, Colour]>> = {
  available: ['circle', 'ok'], busy: ['half', 'idle'], break: ['pause', 'idle'], out_of_service: ['cross', 'idle'],
  off_duty: ['cross', 'idle'], stacked: ['half', 'ordered'], ordered: ['square', 'ordered'],
  delivered: ['square', 'ordered'], dispatched: ['square', 'ordered'], accepted: ['square', 'ordered'],
  en_route: ['triangle', 'enroute'], on_scene: ['diamond', 'scene'], unable: ['alert', 'crit'],
  expired: ['alert', 'crit'], received: ['bell', 'crit'], handled: ['tick', 'idle'], fed_back: ['tick', 'idle'],
  reviewed: ['tick', 'idle'], closed: ['tick', 'idle'], cleared: ['tick', 'idle'], recalled: ['cross', 'idle'],
  released: ['cross', 'idle'], preempted: ['cross', 'idle'], void: ['cross', 'idle'], advised: ['tick', 'idle'],
  transferred: ['tick', 'idle'], merged: ['tick', 'idle'], lost: ['ring', 'lost'],
};

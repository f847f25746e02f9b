// Making elements. Text only ever enters as text, so nothing a caller says can become markup.

const SVG = 'http://www.w3.org/2000/svg';

/** el('button.primary', {type: 'button', on: {click}}, 'text', child) */
export function el(name, attributes = {}, ...children) {
  const [tag, ...classes] = name.split('.');
  const node = document.createElement(tag || 'div');
  if (classes.length) node.className = classes.join(' ');
  for (const [key, value] of Object.entries(attributes)) {
    if (key === 'on') for (const [type, listener] of Object.entries(value)) node.addEventListener(type, listener);
    else if (value === true) node.setAttribute(key, '');
    else if (value !== false && value != null) node.setAttribute(key, value);
  }
  node.append(...present(children));
  return node;
}

const present = (children) => children.flat().filter((child) => child != null && child !== false);

/** Put these in place of all children; what is null or false is left out. */
export function refill(node, ...children) {
  node.replaceChildren(...present(children));
}

/** Set text only when it differs: an unchanged cell costs nothing. */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function mark(node, name, on) {
  if (node.classList.contains(name) !== Boolean(on)) node.classList.toggle(name, Boolean(on));
}

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
};

/** State of a unit, assignment or incident → [shape, colour class]. */
export const LOOK = {
  available: ['circle', 'ok'], busy: ['half', 'idle'], break: ['pause', 'idle'], out_of_service: ['cross', 'idle'],
  off_duty: ['cross', 'idle'], stacked: ['half', 'ordered'], ordered: ['square', 'ordered'],
  delivered: ['square', 'ordered'], dispatched: ['square', 'ordered'], accepted: ['square', 'ordered'],
  en_route: ['triangle', 'enroute'], on_scene: ['diamond', 'scene'], unable: ['alert', 'crit'],
  expired: ['alert', 'crit'], received: ['bell', 'crit'], handled: ['tick', 'idle'], fed_back: ['tick', 'idle'],
  reviewed: ['tick', 'idle'], closed: ['tick', 'idle'], cleared: ['tick', 'idle'], recalled: ['cross', 'idle'],
  released: ['cross', 'idle'], preempted: ['cross', 'idle'], void: ['cross', 'idle'], advised: ['tick', 'idle'],
  transferred: ['tick', 'idle'], merged: ['tick', 'idle'], lost: ['ring', 'lost'],
};

/** A status glyph; `state` may be changed later with `turn`. */
export function glyph(state) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 12 12');
  svg.setAttribute('aria-hidden', 'true');
  svg.append(document.createElementNS(SVG, 'path'));
  turn(svg, state);
  return svg;
}

export function turn(svg, state) {
  if (svg.dataset.state === state) return;
  svg.dataset.state = state;
  const [shape, colour] = LOOK[state] ?? LOOK.lost;
  svg.setAttribute('class', `glyph ${colour}`);
  svg.firstChild.setAttribute('d', SHAPES[shape]);
}

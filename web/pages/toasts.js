// Short messages at the edge: what was done, with its undo, and what was refused, in a sentence.

import { el } from './dom.js';
import { t } from './text.js';

const MOST = 4;
const GOOD_MS = 4000;
const BAD_MS = 9000;

export class Toasts {
  constructor(seat, root) {
    this.root = root;
    this.last = null;
    seat.on('toast', ({ detail }) => this.show(detail));
  }

  show({ kind, text, forMs, undo }) {
    const node = el(`div.toast.${kind}`, {}, el('span', {}, text));
    const end = () => {
      node.remove();
      if (this.last === undoOnce) this.last = null;
    };
    const undoOnce = undo && (() => {
      end();
      undo();
    });
    if (undoOnce) {
      this.last = undoOnce;
      node.append(el('button.quiet', { type: 'button', on: { click: undoOnce } }, t('undo'), el('kbd', {}, 'Ctrl Z')));
    }
    node.append(el('button.quiet.close', { type: 'button', 'aria-label': t('close'), on: { click: end } }, '×'));
    this.root.prepend(node);
    while (this.root.children.length > MOST) this.root.lastChild.remove();
    setTimeout(end, forMs ?? (kind === 'bad' ? BAD_MS : GOOD_MS));
  }

  /** Ctrl+Z: take back what can still be taken back. */
  undo() {
    this.last?.();
  }
}

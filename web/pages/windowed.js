// A list that draws only what can be seen: two thousand rows cost as much as forty.

import { el, mark } from './dom.js';

const SPARE = 4;

export class WindowedList {
  /**
   * @param {{label: string, heights: (row) => number, make: (row) => HTMLElement, update: (node, row) => void,
   *   tick?: (node, row) => void, kind?: (row) => string, choose?: (row) => void, choosable?: (row) => boolean}} parts
   *   heights in rem; rows have a unique `key`; nodes are reused among rows of one kind
   */
  constructor(parts) {
    Object.assign(this, { kind: () => 'row', choosable: () => true, tick: () => {}, choose: () => {} }, parts);
    this.rows = [];
    this.tops = [0];
    this.selected = null;
    this.nodes = new Map();
    this.spare = new Map();
    this.sizer = el('div.sizer', { role: 'presentation' });
    this.root = el('div.windowed', { role: 'listbox', tabindex: '0', 'data-t-label': parts.label, on: {
      scroll: () => this.#schedule(),
      keydown: (event) => this.#key(event),
      click: (event) => this.#click(event),
    } }, this.sizer);
    new ResizeObserver(() => this.#schedule()).observe(this.root);
  }

  set(rows) {
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    this.rows = rows;
    this.tops = new Array(rows.length + 1);
    this.tops[0] = 0;
    rows.forEach((row, n) => { this.tops[n + 1] = this.tops[n] + Math.round(this.heights(row) * rem); });
    this.sizer.style.height = `${this.tops[rows.length]}px`;
    this.#draw(true);
  }

  select(key) {
    this.selected = key;
    this.#draw(true);
  }

  /** Bring a row into sight; only ever called for something the person just did. */
  reveal(key) {
    const n = this.rows.findIndex((row) => row.key === key);
    if (n < 0) return;
    const { scrollTop, clientHeight } = this.root;
    if (this.tops[n] < scrollTop) this.root.scrollTop = this.tops[n];
    else if (this.tops[n + 1] > scrollTop + clientHeight) this.root.scrollTop = this.tops[n + 1] - clientHeight;
  }

  /** Once a second: only what is on the screen moves on. */
  beat() {
    for (const [key, node] of this.nodes) this.tick(node, this.rows[this.at.get(key)]);
  }

  #schedule() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.#draw(false);
    });
  }

  #range() {
    const from = this.root.scrollTop;
    const to = from + this.root.clientHeight;
    let first = lower(this.tops, from) - 1;
    let last = lower(this.tops, to);
    first = Math.max(0, first - SPARE);
    last = Math.min(this.rows.length, last + SPARE);
    return [first, last];
  }

  #draw(all) {
    const [first, last] = this.#range();
    this.at = new Map();
    for (let n = first; n < last; n += 1) this.at.set(this.rows[n].key, n);
    for (const [key, node] of this.nodes) {
      const n = this.at.get(key);
      if (n === undefined || node.dataset.kind !== this.kind(this.rows[n])) this.#drop(key, node);
    }
    for (let n = first; n < last; n += 1) this.#place(n, all);
    const chosen = this.nodes.get(this.selected);
    if (chosen) this.root.setAttribute('aria-activedescendant', chosen.id);
    else this.root.removeAttribute('aria-activedescendant');
  }

  #place(n, all) {
    const row = this.rows[n];
    let node = this.nodes.get(row.key);
    const fresh = !node;
    if (fresh) {
      node = this.spare.get(this.kind(row))?.pop() ?? this.#create(row);
      node.id = `row-${this.label.replace('.', '-')}-${row.key}`;
      node.dataset.key = row.key;
      this.nodes.set(row.key, node);
      this.sizer.append(node);
    }
    if (fresh || all) {
      this.update(node, row);
      this.tick(node, row);
      const chosen = row.key === this.selected;
      mark(node, 'selected', chosen);
      if (this.choosable(row)) node.setAttribute('aria-selected', String(chosen));
    }
    const shift = `translateY(${this.tops[n]}px)`;
    if (node.style.transform !== shift) node.style.transform = shift;
  }

  #create(row) {
    const node = this.make(row);
    node.classList.add('line');
    node.dataset.kind = this.kind(row);
    node.setAttribute('role', this.choosable(row) ? 'option' : 'presentation');
    return node;
  }

  #drop(key, node) {
    this.nodes.delete(key);
    node.remove();
    const kind = node.dataset.kind;
    if (!this.spare.has(kind)) this.spare.set(kind, []);
    this.spare.get(kind).push(node);
  }

  #click(event) {
    const node = event.target.closest('.line');
    const row = node && this.rows.find((one) => one.key === node.dataset.key);
    if (row && this.choosable(row)) this.choose(row);
  }

  #key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity }[event.key];
    if (step === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    const rows = this.rows.filter((row) => this.choosable(row));
    if (!rows.length) return;
    const now = rows.findIndex((row) => row.key === this.selected);
    const next = rows[Math.min(rows.length - 1, Math.max(0, now + step))];
    this.choose(next);
    this.reveal(next.key);
  }
}

/** The first index whose value is not below `value`. */
function lower(values, value) {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

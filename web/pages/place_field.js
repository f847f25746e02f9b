// The place as it is typed: while somebody types, what may be meant; arrows and Enter, or a press, take one.

import { el } from './dom.js';
import { distanceText, t, wording } from './text.js';

const WAIT_MS = 150;
export const MOST = 8;

/** What the gazetteer is asked: the text, and the middle of the map when it shows something. */
export function question(text, middle) {
  const asked = new URLSearchParams({ q: text, limit: String(MOST) });
  if (middle && (middle.lon || middle.lat)) {
    asked.set('lon', middle.lon.toFixed(5));
    asked.set('lat', middle.lat.toFixed(5));
  }
  return `/places?${asked}`;
}

/** Asks once typing pauses; an answer that comes after a newer question is dropped. */
export class Asking {
  constructor(ask, show, waitMs = WAIT_MS) {
    Object.assign(this, { ask, show, waitMs, number: 0, timer: null });
  }

  type(text) {
    this.stop();
    const wanted = text.trim();
    if (!wanted) {
      this.show([]);
      return;
    }
    const { number } = this;
    this.timer = setTimeout(async () => {
      let found = [];
      try {
        found = (await this.ask(wanted)).items;
      } catch { /* without suggestions one types the whole address, as before */ }
      if (number === this.number) this.show(found);
    }, this.waitMs);
  }

  stop() {
    clearTimeout(this.timer);
    this.number += 1;
  }
}

/** An input with its list. `take(place)` is told which one was meant. */
export class PlaceField {
  constructor(seat, take) {
    this.take = take;
    this.found = [];
    this.chosen = -1;
    this.asking = new Asking((text) => seat.api.get(question(text, seat.looking)), (found) => this.#show(found));
    this.input = el('input', {
      type: 'text', maxlength: '500', role: 'combobox', 'aria-expanded': 'false', 'aria-controls': 'place-list', 'aria-autocomplete': 'list',
      autocomplete: 'off', 'data-t-hint': 'form.address.hint',
      on: { input: () => this.asking.type(this.input.value), keydown: (event) => this.#key(event), blur: () => this.close() },
    });
    this.list = el('ul.type-list.place-list', { id: 'place-list', role: 'listbox', hidden: true });
    seat.on('language', () => this.#draw());
  }

  close() {
    this.asking.stop();
    this.#show([]);
  }

  #show(found) {
    this.found = found;
    this.chosen = -1; // Enter takes only what was chosen: what was typed may be all there is to say
    this.#draw();
  }

  #draw() {
    this.list.replaceChildren(...this.found.map((place, n) => el('li', {
      id: `place-${n}`, role: 'option', 'aria-selected': String(n === this.chosen),
      on: { pointerdown: (event) => { event.preventDefault(); this.#choose(place); } },
    }, el('span.dim', {}, t(`place.${place.match}`)),
    el('span', {}, place.name, place.code && place.code !== place.name ? el('span.dim', {}, ` ${place.code}`) : ''),
    el('span.dim.number', {}, [place.district && wording(place.district), place.distance_m === null ? '' : distanceText(place.distance_m)].filter(Boolean).join(' ')))));
    this.list.hidden = !this.found.length;
    this.input.setAttribute('aria-expanded', String(this.found.length > 0));
    if (this.chosen < 0) this.input.removeAttribute('aria-activedescendant');
    else this.input.setAttribute('aria-activedescendant', `place-${this.chosen}`);
  }

  #choose(place) {
    this.input.value = place.kind === 'coordinates' ? this.input.value : place.name;
    this.close();
    this.take(place);
  }

  #key(event) {
    if (event.isComposing || !this.found.length) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      const start = this.chosen < 0 && step < 0 ? 0 : this.chosen;
      this.chosen = (start + step + this.found.length) % this.found.length;
      this.#draw();
    } else if (event.key === 'Enter' && !event.ctrlKey && this.chosen >= 0) this.#choose(this.found[this.chosen]);
    else if (event.key === 'Escape') {
      this.close();
      event.stopPropagation();
    } else return;
    event.preventDefault();
  }
}

// Taking an alarm: place, type, text, in that order; the map stays usable beside it. Ctrl+Enter sends.

import { el, say } from './dom.js';
import { Refused } from './api.js';
import { fill, t, wording } from './text.js';
import { PlaceField } from './place_field.js';
import { refusal } from './seat.js';

const SOURCES = ['call', 'call_point', 'sms', 'app', 'self_service', 'officer', 'agency', 'paper'];
const DATUMS = ['WGS84', 'CGCS2000', 'GCJ02', 'BD09'];

export class AlarmForm {
  constructor(seat, dialog) {
    this.seat = seat;
    this.dialog = dialog;
    this.type = null;
    this.#build();
    seat.on('language', () => { fill(dialog); this.#found(); });
    dialog.addEventListener('close', () => this.#closed());
  }

  open() {
    if (!this.dialog.open) this.dialog.show(); // not modal: the map beside it takes the place
    this.seat.picking = (place) => this.#place(place);
    this.seat.tell('pick');
    this.address.focus();
  }

  #build() {
    const field = (key, input, ...more) => el('label.field', {}, el('span', { 'data-t': key }), input, ...more);
    this.places = new PlaceField(this.seat, (place) => this.#goThere(place));
    this.address = this.places.input;
    this.lon = el('input.number', { inputmode: 'decimal', maxlength: '14', 'data-t-label': 'form.lon', placeholder: 'lon' });
    this.lat = el('input.number', { inputmode: 'decimal', maxlength: '14', 'data-t-label': 'form.lat', placeholder: 'lat' });
    this.datum = el('select', { 'data-t-label': 'form.datum' }, ...DATUMS.map((value) => el('option', { value }, value)));
    this.typeQuery = el('input', {
      type: 'text', maxlength: '80', role: 'combobox', 'aria-expanded': 'false', 'aria-controls': 'type-list', 'aria-autocomplete': 'list',
      autocomplete: 'off', 'data-t-hint': 'form.type.hint', on: { input: () => this.#search(), keydown: (event) => this.#typeKey(event) },
    });
    this.typeList = el('ul.type-list', { id: 'type-list', role: 'listbox', hidden: true });
    this.text = el('textarea', { rows: '3', maxlength: '10000', 'data-t-hint': 'form.text.hint' });
    this.number = el('input.number', { type: 'tel', maxlength: '40', autocomplete: 'off' });
    this.source = el('select', {}, ...SOURCES.map((value) => el('option', { value, 'data-t': `source.${value}` })));
    this.fault = el('p.fault', { role: 'alert', hidden: true });
    this.sendButton = el('button.primary', { type: 'submit' }, el('span', { 'data-t': 'form.send' }), el('kbd', {}, 'Ctrl Enter'));
    this.candidates = el('section.candidates', { hidden: true });
    this.form = el('form', { method: 'dialog', on: { submit: (event) => this.#send(event), keydown: (event) => this.#key(event) } },
      el('header.head', {}, el('h2', { id: 'alarm-title', 'data-t': 'form.title' }), el('span.gap'),
        el('button.quiet', { type: 'button', 'data-t-label': 'close', on: { click: () => this.dialog.close() } }, '×')),
      el('div.form-body', {},
        el('div.field', {}, el('label', {}, el('span', { 'data-t': 'form.place' }), this.address), this.places.list),
        el('div.row', {}, this.lon, this.lat, this.datum),
        el('p.dim.hint', { 'data-t': 'form.pick' }),
        el('div.field', {}, el('label', {}, el('span', { 'data-t': 'form.type' }), this.typeQuery), this.typeList),
        field('form.text', this.text),
        el('div.row', {}, field('form.number', this.number), field('form.source', this.source)),
        this.fault,
        el('div.row.end', {}, this.sendButton)),
      this.candidates);
    this.dialog.append(this.form);
    fill(this.dialog);
  }

  #closed() {
    this.places.close();
    this.seat.picking = null;
    this.seat.picked = null;
    this.seat.tell('pick');
  }

  /** A place out of the gazetteer: the map goes there, and the pin stands on it. */
  #goThere({ lon, lat }) {
    this.#place({ lon, lat });
    this.seat.tell('go', { lon, lat });
  }

  #place({ lon, lat }) {
    this.lon.value = lon.toFixed(6);
    this.lat.value = lat.toFixed(6);
    this.datum.value = 'WGS84';
    this.seat.picked = { lon, lat };
    this.seat.tell('pick');
  }

  #search() {
    this.type = null;
    this.found = this.seat.reference.search(this.typeQuery.value);
    this.chosen = 0;
    this.#found();
  }

  #found() {
    const found = this.found ?? [];
    this.typeList.replaceChildren(...found.map((type, n) => el('li', {
      role: 'option', 'aria-selected': String(n === this.chosen), on: { pointerdown: (event) => { event.preventDefault(); this.#take(type); } },
    }, el(`span.prio.p${this.seat.reference.priorityOf(type.code)}`, {}, String(this.seat.reference.priorityOf(type.code))),
    el('span', {}, wording(type)), el('span.dim.number', {}, type.code))));
    this.typeList.hidden = !found.length;
    this.typeQuery.setAttribute('aria-expanded', String(found.length > 0));
  }

  #take(type) {
    this.type = type;
    this.typeQuery.value = wording(type);
    this.found = [];
    this.#found();
  }

  #typeKey(event) {
    if (event.isComposing || !this.found?.length) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      this.chosen = (this.chosen + step + this.found.length) % this.found.length;
      this.#found();
    } else if (event.key === 'Enter' && !event.ctrlKey) this.#take(this.found[this.chosen]);
    else if (event.key === 'Escape') {
      this.found = [];
      this.#found();
      event.stopPropagation();
    } else return;
    event.preventDefault();
  }

  #key(event) {
    if (event.isComposing) return;
    if (event.key === 'Escape') this.dialog.close();
    else if (event.key === 'Enter' && event.ctrlKey) {
      event.preventDefault();
      this.form.requestSubmit();
    } else if (event.key === 'Enter' && event.target.tagName === 'INPUT') event.preventDefault(); // Enter alone never sends a form
  }

  #body() {
    const place = {};
    if (this.address.value.trim()) place.address = this.address.value.trim();
    if (this.lon.value.trim() || this.lat.value.trim()) {
      Object.assign(place, { lon: Number(this.lon.value), lat: Number(this.lat.value), datum: this.datum.value });
      if (!this.lon.value.trim() || !this.lat.value.trim() || !Number.isFinite(place.lon) || !Number.isFinite(place.lat)) throw new Error(t('form.bad_place'));
    }
    const type = this.type ?? this.found?.[0];
    const body = { source: this.source.value };
    if (Object.keys(place).length) body.place = place;
    if (type) body.type = type.code;
    if (this.text.value.trim()) body.text = this.text.value.trim();
    if (this.number.value.trim()) body.caller = { number: this.number.value.trim() };
    if (Object.keys(body).length === 1) throw new Error(t('form.empty'));
    return body;
  }

  async #send(event) {
    event.preventDefault();
    this.fault.hidden = true;
    try {
      const body = this.#body();
      this.sendButton.disabled = true;
      this.#sent(await this.seat.api.act('/alarms', body));
    } catch (error) {
      say(this.fault, error instanceof Refused || error instanceof TypeError ? refusal(error) : error.message);
      this.fault.hidden = false;
    } finally {
      this.sendButton.disabled = false;
    }
  }

  #sent({ incident, candidates }) {
    for (const input of [this.address, this.lon, this.lat, this.typeQuery, this.text, this.number]) input.value = '';
    this.type = null;
    this.seat.picked = null;
    this.seat.tell('pick');
    this.seat.tell('toast', { kind: 'good', text: t('form.sent', { number: incident.number }) });
    this.seat.select({ incident: incident.id });
    this.#offer(incident, candidates);
    if (!candidates.length) this.dialog.close();
  }

  /** Incidents that may be the same: one press joins them, and it can be undone by unmerging. */
  #offer(incident, candidates) {
    this.candidates.hidden = !candidates.length;
    this.candidates.replaceChildren(el('h3', {}, t('form.same')), ...candidates.slice(0, 5).map(({ incident_id: id, score, reasons }) => {
      const other = this.seat.picture.incidents.get(id);
      const merge = async () => {
        const made = await this.seat.act(`/incidents/${incident.id}/merge`, { into: id });
        if (!made) return;
        this.seat.select({ incident: id });
        this.dialog.close();
      };
      return el('div.candidate', {}, el('b', {}, other?.number ?? id.slice(0, 8)), el('span', {}, `${Math.round(score * 100)} %`),
        el('span.dim', {}, reasons.map(wording).join(t('list.and'))), el('button', { type: 'button', on: { click: merge } }, t('form.merge')));
    }));
  }
}

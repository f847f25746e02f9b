// One unit on the detail panel: what it does, until when, where it should be, why its place is doubted, what is kept for it.

import { el, glyph } from './dom.js';
import { wordsOf } from './signals.js';
import { ageText, momentText, t, wording } from './text.js';

export function unitCard(seat, unit) {
  const { reference, picture } = seat;
  const incident = picture.incidents.get(unit.incident_id);
  const place = picture.positions.get(unit.handle);
  const fact = (key, value) => value && el('div', {}, el('dt', {}, t(key)), el('dd', {}, value));
  return el('section.unit-card', {},
    el('div.order-head', {}, glyph(unit.state), el('b', {}, unit.call_sign), el('span.state', {}, t(`unit.${unit.state}`)), el('span.gap'),
      incident && el('button.quiet', { type: 'button', on: { click: () => seat.select({ incident: incident.id, unit: unit.id }) } }, incident.number),
      place && el('button.quiet', { type: 'button', on: { click: () => seat.tell('go', place) } }, t('unit.locate')),
      el('button.quiet', { type: 'button', 'aria-label': t('close'), on: { click: () => seat.select({ incident: seat.incidentId }) } }, '×')),
    ...warnings(unit),
    el('dl.times', {},
      fact('unit.room', reference.roomName(unit.room)), fact('unit.kind', reference.term('kinds', unit.kind)),
      fact('unit.skills', unit.skills.map((skill) => reference.term('skills', skill)).join(t('list.and'))),
      fact('unit.crew', unit.crew.join(' ')), fact('unit.talk_group', unit.talk_group),
      fact('unit.fix', ageText(picture.fixAge(unit.handle, Date.now()))),
      fact('unit.duty_until', momentText(unit.duty_until)), fact('unit.shift_ends', momentText(unit.shift_ends_at)),
      fact('unit.post', unit.post && `${unit.post.name} ${momentText(unit.post.until)}`),
      fact('unit.lent', unit.lent_to && `${reference.roomName(unit.lent_to)} ${momentText(unit.lent_until)}`)),
    kept(seat, unit), words(seat, unit));
}

/** What speaks against relying on it, one line each. */
function warnings(unit) {
  const said = [
    unit.ghost && t('unit.ghost'),
    unit.over_time && t('unit.over_time'),
    ...(unit.alerts ?? []).map((alert) => wordsOf(alert).what),
    unit.fix?.doubt && wording(unit.fix.doubt),
    unit.fix?.clock_ahead_s > 0 && t('unit.clock_ahead', { n: Math.round(unit.fix.clock_ahead_s) }),
  ].filter(Boolean);
  return said.map((text) => el('p.short', {}, text));
}

/** A short word to the crew, and that they said all is well. */
function words(seat, unit) {
  if (!seat.may('dispatcher', 'leader') || unit.duty === 'off_duty') return null;
  const text = el('input', { type: 'text', maxlength: '500', 'aria-label': t('unit.message'), placeholder: t('unit.message') });
  const send = async (event) => {
    event.preventDefault();
    if (text.value.trim() && await seat.act(`/units/${unit.id}/message`, { text: text.value.trim() })) {
      text.value = '';
      seat.tell('toast', { text: t('unit.message_sent', { unit: unit.call_sign }) });
    }
    text.blur();
  };
  return el('form.buttons', { on: { submit: send } }, text, el('button', { type: 'submit' }, t('unit.send_message')),
    unit.state === 'on_scene' && el('button', { type: 'button', on: { click: () => seat.act(`/units/${unit.id}/checked`) } }, t('unit.checked')));
}

function kept(seat, unit) {
  if (!unit.kept?.length) return null;
  const offer = unit.state === 'available';
  return el('div.kept', {}, el('h3', {}, t(offer ? 'unit.offered' : 'unit.kept')), ...unit.kept.map((job) => el('div.buttons', {},
    el(`span.prio.p${job.priority}`, {}, String(job.priority)),
    el('button.quiet', { type: 'button', on: { click: () => seat.select({ incident: job.incident_id, unit: unit.id }) } }, job.number),
    offer && seat.may('dispatcher', 'leader') && el('button', {
      type: 'button', on: { click: () => seat.act(`/incidents/${job.incident_id}/assignments`, { orders: [{ unit_id: unit.id }] }) },
    }, t('unit.send_kept')))));
}

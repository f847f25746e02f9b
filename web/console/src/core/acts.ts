// Who may do what in which state, so that a page offers only what can succeed. The server has the last word (its relations to
// rooms are not known here); a test holds these lines against its table of acts.

export interface Line {
  act: string;
  roles: readonly string[];
  /** null: in every state. */
  states: readonly string[] | null;
}

const RESPONDING = 'received dispatched accepted en_route on_scene';
const OPEN = `${RESPONDING} handled fed_back reviewed`;
const BOTH = 'dispatcher leader';
const TAKERS = 'call_taker dispatcher leader';
const ON_THE_WAY = 'ordered delivered accepted en_route on_scene';

const line = (act: string, roles: string, states: string): Line => ({
  act, roles: roles.split(' '), states: states === '*' ? null : states.split(' '),
});

export const LINES: readonly Line[] = [
  line('incident.attach', TAKERS, OPEN),
  line('incident.detach', TAKERS, OPEN),
  line('incident.amend', 'call_taker', RESPONDING),
  line('incident.amend', `${BOTH} reviewer`, OPEN),
  line('incident.lower_p1', 'leader', OPEN),
  line('incident.change_primary', BOTH, 'dispatched accepted en_route on_scene'),
  line('incident.note', `${TAKERS} reviewer`, OPEN),
  line('incident.recommend', TAKERS, OPEN),
  line('incident.order', `${BOTH} supervisor`, OPEN),
  line('incident.void', 'call_taker', 'received'),
  line('incident.void', 'dispatcher', 'received dispatched accepted en_route'),
  line('incident.void', 'leader', OPEN),
  line('incident.advise', 'call_taker', 'received'),
  line('incident.advise', 'dispatcher', 'received dispatched accepted en_route'),
  line('incident.advise', 'leader', OPEN),
  line('incident.transfer', 'dispatcher', 'received dispatched accepted en_route'),
  line('incident.transfer', 'leader', OPEN),
  line('incident.merge', TAKERS, OPEN),
  line('incident.unmerge', TAKERS, 'merged'),
  line('incident.handle', BOTH, `${RESPONDING} handled`),
  line('incident.hand_over', BOTH, OPEN),
  line('incident.dispute', BOTH, OPEN),
  line('incident.seen_at', TAKERS, `${RESPONDING} handled`),
  line('incident.pursue', TAKERS, RESPONDING),
  line('incident.end_pursuit', BOTH, OPEN),
  line('incident.join_pursuit', BOTH, RESPONDING),
  line('incident.review', `${BOTH} reviewer`, 'fed_back reviewed'),
  line('incident.close', `${BOTH} reviewer`, 'reviewed'),
  line('incident.close_open', 'leader', OPEN),
  line('incident.activate_plan', BOTH, OPEN),
  line('incident.dismiss_plan', BOTH, OPEN),
  line('incident.draw_cordon', BOTH, RESPONDING),
  line('incident.end_plan', 'leader', OPEN),
  line('incident.reopen', `${BOTH} reviewer`, 'closed void advised transferred'),
  line('incident.answer_backup', BOTH, 'dispatched accepted en_route on_scene handled fed_back reviewed'),
  line('incident.scene', `${BOTH} supervisor`, OPEN),
  line('incident.raise', 'call_taker', RESPONDING),
  line('incident.raise', BOTH, OPEN),
  line('incident.raise_command', BOTH, OPEN),
  line('incident.take_command', BOTH, OPEN),
  line('incident.hand_back', BOTH, OPEN),
  line('incident.follow', BOTH, OPEN),
  line('alarm.ring_back', TAKERS, OPEN),
  line('alarm.answer', TAKERS, `${RESPONDING} handled`),
  line('alarm.call_back', `${BOTH} reviewer`, 'handled fed_back reviewed closed void advised transferred'),
  line('assignment.deliver', BOTH, `${ON_THE_WAY} unable expired`),
  line('assignment.accept', BOTH, `${ON_THE_WAY} expired`),
  line('assignment.en_route', BOTH, `${ON_THE_WAY} expired`),
  line('assignment.on_scene', BOTH, `${ON_THE_WAY} expired`),
  line('assignment.clear', BOTH, `${ON_THE_WAY} expired`),
  line('assignment.unable', BOTH, `${ON_THE_WAY} unable expired`),
  line('assignment.release', BOTH, 'unable expired'),
  line('assignment.recall', `${BOTH} supervisor`, `stacked ${ON_THE_WAY} unable expired`),
  line('assignment.feedback', BOTH, 'accepted en_route on_scene unable cleared recalled released preempted'),
  line('unit.log_on', `${BOTH} supervisor`, '*'),
  line('unit.log_off', `${BOTH} supervisor`, '*'),
  line('unit.duty', `${BOTH} supervisor`, 'available busy break out_of_service'),
  line('unit.message', `${BOTH} supervisor`, '*'),
  line('unit.reset_emergency', BOTH, '*'),
  line('unit.emergency', `${TAKERS} supervisor`, '*'),
  line('unit.backup', `${BOTH} supervisor`, '*'),
  line('unit.check', `${BOTH} supervisor`, '*'),
  line('unit.track', `${BOTH} supervisor reviewer`, '*'),
  line('unit.lend', BOTH, '*'),
  line('unit.give_back', BOTH, '*'),
  line('note.read', `${BOTH} supervisor`, '*'),
  line('event.draft', BOTH, '*'),
  line('event.amend', BOTH, 'draft returned'),
  line('event.submit', BOTH, 'draft returned'),
  line('event.approve', 'leader', 'submitted'),
  line('event.return', 'leader', 'submitted'),
  line('event.cancel', 'dispatcher', 'draft returned'),
  line('event.cancel', 'leader', 'draft submitted returned approved'),
  line('event.start', 'leader', 'approved'),
  line('event.dedicate', BOTH, 'draft returned approved running'),
  line('event.withdraw_unit', BOTH, 'draft returned approved running'),
  line('event.check_in', BOTH, 'approved running'),
  line('event.extend', BOTH, 'running'),
  line('event.end', BOTH, 'running'),
  line('event.sum_up', 'leader', 'ended'),
  line('event.log', BOTH, 'approved running ended'),
  line('event.message', BOTH, 'approved running'),
  line('incident.open_texts', `${BOTH} reviewer`, '*'),
  line('after_action_review.open', 'leader reviewer', '*'),
  line('after_action_review.begin', 'leader reviewer', 'waiting open'),
  line('after_action_review.join', `${BOTH} reviewer supervisor`, 'waiting open'),
  line('after_action_review.find', 'leader reviewer', 'waiting open'),
  line('after_action_review.find', 'dispatcher supervisor', 'open'),
  line('after_action_review.order', 'leader reviewer', 'waiting open'),
  line('after_action_review.close', 'leader', 'open'),
  line('after_action_review.withdraw', 'leader', 'open'),
  line('review_action.finish', `${BOTH} reviewer supervisor`, 'open returned'),
  line('review_action.return', 'leader reviewer', 'done'),
  line('review_action.verify', 'leader reviewer', 'done'),
  line('review_action.drop', 'leader', 'open done returned'),
  line('dispute.state', BOTH, 'raised'),
  line('dispute.decide', BOTH, 'raised'),
  line('dispute.concede', BOTH, 'raised'),
  line('dispute.withdraw', BOTH, 'raised'),
  line('duty_level.order', 'leader', '*'),
  line('duty_level.notice', `${TAKERS} reviewer supervisor`, '*'),
  line('roll_call.call', `${BOTH} supervisor`, '*'),
  line('broadcast.send', BOTH, '*'),
  line('broadcast.send_wide', 'leader', '*'),
  line('broadcast.request', BOTH, '*'),
  line('broadcast.approve', BOTH, 'proposed'),
  line('broadcast.decline', BOTH, 'proposed'),
  line('broadcast.extend', BOTH, 'active'),
  line('broadcast.cancel', BOTH, 'proposed active'),
  line('broadcast.call_again', BOTH, 'active'),
  line('broadcast.notice', BOTH, '*'),
  line('event.notice', BOTH, '*'),
  line('broadcast.link', TAKERS, 'active'),
  line('broadcast.acknowledge', `${TAKERS} supervisor`, '*'),
];

const BY_ACT = new Map<string, Line[]>();
for (const one of LINES) BY_ACT.set(one.act, [...(BY_ACT.get(one.act) ?? []), one]);

/** Whether one of these roles may do this in that state, as far as roles and states go. */
export function mayIn(act: string, roles: readonly string[], state: string): boolean {
  return (BY_ACT.get(act) ?? []).some((one) => one.roles.some((role) => roles.includes(role)) && (one.states?.includes(state) ?? true));
}

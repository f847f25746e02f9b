// Which seats of a room there are to take, with which roles, and which page one works at there. Pure.

import type { components } from '../../core/schema';

export type SeatShown = components['schemas']['SeatShown'];
export const ROLES = ['call_taker', 'dispatcher', 'leader', 'supervisor', 'reviewer'] as const;
export type Role = (typeof ROLES)[number];

const FIT: Record<SeatShown['kind'], readonly Role[]> = {
  call_taker: ['call_taker'], dispatcher: ['dispatcher'], leader: ['leader', 'dispatcher'], combined: ['call_taker', 'dispatcher', 'leader'],
  supervisor: ['supervisor'], reviewer: ['reviewer'],
};
export type Standing = 'free' | 'mine' | 'dead' | 'taken';

/** The roles one may exercise at a seat. */
export const rolesAt = (kind: SeatShown['kind'], allowed: readonly string[]): Role[] => FIT[kind].filter((role) => allowed.includes(role));

/** Whether a seat can be had: nobody there, one's own, somebody whose link is gone, somebody at work. */
export function standingOf(seat: SeatShown, principal: string): Standing {
  if (!seat.holder) return 'free';
  if (seat.holder === principal) return 'mine';
  return seat.linked ? 'taken' : 'dead';
}

const ORDER: readonly Standing[] = ['mine', 'free', 'dead', 'taken'];

/** The seats of a room that fit what one may do: one's own first, then the free; those that serve more of one's roles
 * first, by code as people count. */
export function seatsToTake(seats: readonly SeatShown[], room: string, who: { principal: string; allowed_roles: readonly string[] }): SeatShown[] {
  const collator = new Intl.Collator('en', { numeric: true });
  const rank = (seat: SeatShown): number => ORDER.indexOf(standingOf(seat, who.principal));
  return seats
    .filter((seat) => seat.room_id === room && rolesAt(seat.kind, who.allowed_roles).length)
    .sort((a, b) => rank(a) - rank(b) || rolesAt(b.kind, who.allowed_roles).length - rolesAt(a.kind, who.allowed_roles).length || collator.compare(a.code, b.code));
}

/** The page one works at, by what one does; several: both are offered. */
export function pagesOf(roles: readonly string[]): ('/call' | '/desk' | '/unit')[] {
  const dispatches = roles.some((role) => role !== 'call_taker' && role !== 'unit');
  if (roles.includes('unit') && roles.length === 1) return ['/unit'];
  return [...(roles.includes('call_taker') ? ['/call' as const] : []), ...(dispatches ? ['/desk' as const] : [])];
}

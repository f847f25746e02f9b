// What is to be done on an incident: the order of its tasks, when each is due, and who may do it. Pure; the server has the last word.

import type { components } from './schema';

type Shapes = components['schemas'];
export type Task = Shapes['TaskShown'];
export type Plans = Shapes['PlansShown'];

const STANDING = new Set(['pending', 'open']);

/** Whether a task is still to be done. */
export const stands = (task: Task): boolean => STANDING.has(task.state);

/** Every task this seat sees, of plans and of none. */
export function tasksOf(plans: Plans): Task[] {
  return [...plans.plans.flatMap((plan) => plan.tasks), ...plans.tasks];
}

/** What is open first, the soonest due before the others, then what waits for others, then what is over, the newest first. */
export function ordered(tasks: readonly Task[]): Task[] {
  const rank = (task: Task): number => (task.state === 'open' ? 0 : task.state === 'pending' ? 1 : 2);
  return [...tasks].sort((a, b) => rank(a) - rank(b) || (stands(a) ? due(a) - due(b) : over(b) - over(a)) || (a.id < b.id ? -1 : 1));
}

const due = (task: Task): number => (task.due_at ? Date.parse(task.due_at) : Number.MAX_SAFE_INTEGER);
const over = (task: Task): number => (task.done_at ? Date.parse(task.done_at) : 0);

/** Seconds until it is due, negative when it is late; null while it has no time or is not open. */
export function dueInS(task: Task, nowMs: number): number | null {
  return task.state === 'open' && task.due_at ? (Date.parse(task.due_at) - nowMs) / 1000 : null;
}

/** Whether one of these roles does such a task: its own, or whoever leads. */
export function mayDo(task: Task, roles: readonly string[]): boolean {
  return task.state === 'open' && (roles.includes(task.role) || roles.includes('leader'));
}

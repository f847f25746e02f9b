// A plan as a checklist: its steps by tier, in their order, each with what it waits for and until when it is to be done. Pure.

import type { components } from '../../core/schema';

export type PlanLine = components['schemas']['PlanLine'];
export type Plan = PlanLine['plan'];
export type Step = Plan['steps'][number];

export interface Line {
  step: Step;
  /** Its number over the whole plan, and of those it waits for. */
  n: number;
  after: number[];
}

export const TIERS = ['city', 'district', 'station'] as const;
export type Tier = (typeof TIERS)[number];

/** The steps of each tier that has any, from above; numbers run over the whole plan, so that what waits for what can be said. */
export function checklist(plan: Plan): { tier: Tier; lines: Line[] }[] {
  const numbers = new Map(plan.steps.map((step, n) => [step.key, n + 1]));
  const lines = plan.steps.map((step, n) => ({ step, n: n + 1, after: (step.after ?? []).map((key) => numbers.get(key)!).sort((a, b) => a - b) }));
  return TIERS.map((tier) => ({ tier, lines: lines.filter(({ step }) => (step.tier ?? 'station') === tier) })).filter(({ lines: some }) => some.length > 0);
}

/** Those whose name, purpose, code or steps have all these words, in either language; those that are called so come first. */
export function found(plans: readonly PlanLine[], words: string): PlanLine[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  const says = (texts: readonly string[]): boolean => wanted.every((word) => texts.join(' ').toLowerCase().includes(word));
  const both = (one: { zh: string; en: string } | null | undefined): string[] => (one ? [one.zh, one.en] : []);
  const called = ({ plan }: PlanLine): boolean => says([plan.code, ...both(plan.name)]);
  const all = plans.filter((line) => called(line) || says([line.plan.code, ...[line.plan.name, line.plan.purpose, ...line.when, ...line.plan.steps.map((step) => step.title)].flatMap(both)]));
  return wanted.length ? [...all.filter(called), ...all.filter((line) => !called(line))] : all;
}

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

/** Those whose name, purpose, code or steps have all these words, in either language. */
export function found(plans: readonly PlanLine[], words: string): PlanLine[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  return plans.filter(({ plan, when }) => {
    const said = [plan.name, plan.purpose, ...when, ...plan.steps.map((step) => step.title)].flatMap((one) => (one ? [one.zh, one.en] : []));
    const text = [plan.code, ...said].join(' ').toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
}

// What is shown of the run cards: those that say what was looked for. Pure.

import type { components } from '../../core/schema';

export type CardLine = components['schemas']['CardLine'];

/** Those whose name, code, types, conditions or waves have all these words, in either language; those that are called so come first. */
export function found(cards: readonly CardLine[], words: string): CardLine[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  const says = (texts: readonly string[]): boolean => wanted.every((word) => texts.join(' ').toLowerCase().includes(word));
  const both = (one: { zh: string; en: string } | null | undefined): string[] => (one ? [one.zh, one.en] : []);
  const called = (card: CardLine): boolean => says([card.code, ...both(card.name)]);
  const all = cards.filter((card) => called(card) || says([card.code, ...[card.name, card.when, ...card.types, ...card.waves.map((wave) => wave.said)].flatMap(both)]));
  return wanted.length ? [...all.filter(called), ...all.filter((card) => !called(card))] : all;
}

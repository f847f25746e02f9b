// What is asked for a type, one question at a time, each answered by a single key; and how urgent type and answers make it. The
// server judges the same again when the form is handed in. Pure.

import type { Answer, IncidentType, Question } from '../../../core/reference';

const ROUTINE_UNTIL_KNOWN = 3;
const URGENT_UNTIL_KNOWN = 2;

export type Struck =
  | { answered: { question: string; answer: string } }
  | { priority: number }
  | { back: true }
  | { skip: true };

/** The question to be answered next: the first without an answer, from `from` on. */
export function nextQuestion(questions: readonly Question[], answers: Readonly<Record<string, string>>, from = 0): number {
  const at = questions.findIndex((question, n) => n >= from && !(question.key in answers));
  return at < 0 ? questions.length : at;
}

/** What a key does while questions are asked. A digit is a priority unless this question wants it for itself. */
export function strike(key: string, question: Question | undefined): Struck | null {
  const answer = question?.answers.find((one) => one.key === key.toLowerCase());
  if (question && answer) return { answered: { question: question.key, answer: answer.code } };
  if (/^[1-4]$/.test(key)) return { priority: Number(key) };
  if (key === 'Backspace' || key === 'ArrowUp') return { back: true };
  if (key === 'ArrowDown') return { skip: true };
  return null;
}

/** What the circumstances, the type and the answers propose, as the server judges it. */
export function proposed(
  type: IncidentType | undefined, own: number, given: readonly Answer[], call: { silent: boolean; abandoned: boolean; cannot_talk: boolean },
): number {
  const unknown = call.silent || call.abandoned || call.cannot_talk ? URGENT_UNTIL_KNOWN : ROUTINE_UNTIL_KNOWN;
  let priority = !type ? unknown : type.level > 1 ? own : Math.min(unknown, own);
  const proposals = given.flatMap((answer) => (answer.priority == null ? [] : [answer.priority]));
  if (proposals.length && priority !== 1) priority = Math.min(...proposals);
  return call.silent || call.abandoned ? Math.min(priority, URGENT_UNTIL_KNOWN) : priority;
}

/** The answers that were given, in the order of the questions. */
export function given(questions: readonly Question[], answers: Readonly<Record<string, string>>): Answer[] {
  return questions.flatMap((question) => question.answers.filter((one) => one.code === answers[question.key]));
}

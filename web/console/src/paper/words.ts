// What the fields of a paper form are called, and what the server says of a form, in the language of the page.

import { named } from '../core/language.svelte';
import { refusedText } from '../words/refusals';
import type { Filled } from './forms';

export const fields = {
  'reported_at': ['报警时间', 'Reported'], 'caller_number': ['报警电话', 'Caller’s number'], 'caller_name': ['报警人', 'Caller'], 'address': ['地点', 'Place'], 'type': ['类型', 'Type'], 'text': ['内容', 'What is happening'],
  'unit': ['处警单位（呼号）', 'Unit (call sign)'], 'dispatched_at': ['派警', 'Sent'], 'accepted_at': ['签收', 'Accepted'], 'en_route_at': ['出动', 'En route'], 'on_scene_at': ['到场', 'On scene'], 'cleared_at': ['处结', 'Cleared'], 'result': ['处理结果', 'Result'],
  'feedback': ['反馈内容', 'Feedback'], 'people_count': ['涉及人数', 'People concerned'], 'fed_back_at': ['反馈时间', 'Fed back'], 'call_back': ['回访', 'Call-back'], 'closed_at': ['办结', 'Closed'],
} as const;

/** The name of a field; its own name where it is none of ours. */
export const fieldWord = (field: string): string => named(fields, field);

/** Why a form was not taken; empty while nobody has refused it. */
export const saidOf = ({ code, said, state }: Filled): string => (said || state === 'refused' ? refusedText(code ?? 'other', said ?? '') : '');

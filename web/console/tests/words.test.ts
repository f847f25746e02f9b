// Every sentence a person reads is there in Chinese and in English, with the same values in it, and stands in a table of words:
// never in the markup, where the other language would miss it. Read from the source, so that no page can forget to be asked.

import { parse } from 'svelte/compiler';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';

const files = import.meta.glob<string>('../src/**/*.{ts,svelte}', { query: '?raw', import: 'default', eager: true });
const HAN = /[\u3400-\u9fff]/;
const LETTERS = /[A-Za-z]{2,}/;
const READ = new Set(['title', 'alt', 'placeholder', 'aria-label', 'aria-description', 'aria-roledescription', 'aria-valuetext']);
/** Names of keys, of languages in themselves and of this program are the same in every language. */
const SAME = /^(?:[←→↑↓⏎×·…–—:/?+,.()%\d\s]|Dispatch 110|[A-Z]|Ctrl|Alt|Shift|Enter|Esc|Tab|Space|Home|End|PgUp|PgDn|EN|中文|F\d+|ID|SOS|OpenStreetMap|kB|km|WGS-?84|GCJ-?02|BD-?09|CGCS2000|&nbsp;)*$/;

/** Words that people type, not read: aliases of every language side by side. */
const TYPED = new Set(['core/commands/verbs.ts']);
/** On paper both languages stand side by side, and a sign on the map is one. */
const BOTH = new Set(['paper/Blank.svelte', 'map/posts.ts']);

interface Said {
  where: string;
  key: string;
  zh: string;
  en: string;
}
interface Stray {
  where: string;
  text: string;
}

const said: Said[] = [];
const strays: Stray[] = [];

type Node = { type: string; start: number; data?: string; name?: string; value?: unknown; [more: string]: unknown };

function walk(node: unknown, see: (node: Node) => void): void {
  if (Array.isArray(node)) return node.forEach((one) => walk(one, see));
  if (typeof node !== 'object' || node === null) return;
  if ('type' in node) see(node as Node);
  for (const [key, child] of Object.entries(node)) if (key !== 'parent' && key !== 'loc') walk(child, see);
}

/** Pairs of sentences; and sentences with Chinese in them that are no half of a pair. */
function script(text: string, where: string): void {
  const source = ts.createSourceFile('part.ts', text, ts.ScriptTarget.ES2022, true);
  const visit = (node: ts.Node): void => {
    if (ts.isArrayLiteralExpression(node) && node.elements.length === 2 && node.elements.every(ts.isStringLiteralLike)) {
      const [zh, en] = node.elements.map((one) => (one as ts.StringLiteralLike).text) as [string, string];
      if (HAN.test(zh) || HAN.test(en)) {
        const key = ts.isPropertyAssignment(node.parent) ? node.parent.name.getText().replace(/^'|'$/g, '') : '';
        said.push({ where, key, zh, en });
        return;
      }
    }
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddle(node) || ts.isTemplateTail(node)) {
      if (HAN.test(node.text) && !SAME.test(node.text)) strays.push({ where, text: node.text });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
}

function markup(text: string, where: string): void {
  const { fragment } = parse(text, { modern: true });
  walk(fragment, (node) => {
    if (node.type === 'Text' && !inStyleOrKbd(node) && LETTERS.test(node.data ?? '') && !SAME.test((node.data ?? '').trim())) {
      strays.push({ where, text: (node.data ?? '').trim() });
    }
    if (node.type === 'Text' && HAN.test(node.data ?? '') && !SAME.test((node.data ?? '').trim())) strays.push({ where, text: node.data ?? '' });
    if ((node.type === 'Literal' || node.type === 'TemplateElement') && typeof cooked(node) === 'string' && HAN.test(cooked(node)!)) {
      if (!SAME.test(cooked(node)!)) strays.push({ where, text: cooked(node)! });
    }
  });

  function inStyleOrKbd(node: Node): boolean {
    // attribute values are Text too: only those that are read aloud or shown count
    const before = text.slice(0, node.start);
    const attribute = /([\w-]+)="[^"]*$/.exec(before.slice(before.lastIndexOf('<')));
    return attribute !== null && !READ.has(attribute[1]!);
  }
}

function cooked(node: Node): string | null {
  if (node.type === 'Literal') return typeof node.value === 'string' ? node.value : null;
  return (node.value as { cooked?: string } | undefined)?.cooked ?? null;
}

for (const [path, text] of Object.entries(files)) {
  const where = path.replace('../src/', '');
  if (where.endsWith('.d.ts') || BOTH.has(where)) continue;
  if (where.endsWith('.ts')) {
    if (!TYPED.has(where)) script(text, where);
    continue;
  }
  for (const [, inside] of text.matchAll(/<script[^>]*>([\s\S]*?)<\/script>/g)) script(inside!, where);
  markup(text.replace(/(<script[^>]*>)([\s\S]*?)(?=<\/script>)/g, (_, head: string, inside: string) => head + ' '.repeat(inside.length)), where);
}

const values = (sentence: string): string[] => [...new Set(sentence.match(/\{\w+\}/g) ?? [])].sort();

describe('what a person reads', () => {
  test('is found at all', () => {
    expect(said.length).toBeGreaterThan(40);
  });

  test('is there in both languages, Chinese first', () => {
    const wrong = said.filter(({ zh, en }) => !zh.trim() || !en.trim() || (HAN.test(en) && !SAME.test(en)) || (!HAN.test(zh) && HAN.test(en)));
    expect(wrong).toEqual([]);
  });

  test('takes the same values in both', () => {
    const wrong = said.filter(({ zh, en }) => values(zh).join() !== values(en).join());
    expect(wrong).toEqual([]);
  });

  test('stands in a table of words, not in the markup or in the script', () => {
    expect(strays).toEqual([]);
  });
});

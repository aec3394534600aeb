import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

const PAGE = 'docs/troubleshooting.md';

/** What other programs say, of which the sources know nothing. */
const OF_OTHERS = [
  "Nest can't resolve",
  'Please make sure that the argument',
  'property token should not exist',
  'Invalid type "TempID',
  'A type referenced in a decorated signature',
  'Cannot find package',
  'Unable to resolve signature of method decorator',
];

/** The sources with each text in one piece: parts that are added are joined, and `${values}` are `…`. */
const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => readFileSync(`src/${file}`, 'utf8'))
  .join('\n')
  .replaceAll(/(['"`]) \+\s*(['"`])/g, '')
  .replaceAll(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, '…');

/** The messages in the first column of a table: code that is a sentence, or the beginning of one. */
function messages(): string[] {
  const rows = readFileSync(PAGE, 'utf8').matchAll(/^\| (.+?) +\| /gm);
  const codes = [...rows].flatMap(([, cell = '']) => cell.match(/`[^`]+`/g) ?? []);
  return codes.map((code) => code.slice(1, -1)).filter((code) => code.includes(' '));
}

const isOfOthers = (message: string) => OF_OTHERS.some((start) => message.startsWith(start));
const isSaid = (message: string) =>
  message
    .split('…')
    .map((part) => part.trim())
    .every((part) => sources.includes(part));

describe('each message of the page about troubles', () => {
  it('is one of the sources', () => {
    const ours = messages().filter((message) => !isOfOthers(message));
    expect(ours.length).toBeGreaterThan(60);
    expect(ours.filter((message) => !isSaid(message))).toEqual([]);
  });

  it('is there, of those by others', () => {
    const quoted = messages();
    const unused = OF_OTHERS.filter((start) => !quoted.some((text) => text.startsWith(start)));
    expect(unused).toEqual([]);
  });
});

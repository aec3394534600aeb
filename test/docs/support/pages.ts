import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** A fenced block of a page. */
export interface Block {
  readonly page: string;
  /** The line of the page at which its first line stands. */
  readonly line: number;
  readonly language: string;
  readonly code: string;
}

/** Every page that people read: those at the top, and all of docs/. */
export const PAGES: readonly string[] = [
  ...readdirSync('.'),
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' }).map((file) => join('docs', file)),
]
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.md'))
  .toSorted();

const FENCE = /^( *)```(\S*).*\n([^]*?)^ *```$/gm;

export function blocksOf(page: string): Block[] {
  const text = readFileSync(page, 'utf8');
  return [...text.matchAll(FENCE)].map(
    ({ index, 1: indent = '', 2: language = '', 3: code = '' }) => ({
      page,
      language,
      line: text.slice(0, index).split('\n').length + 1,
      code: code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
    }),
  );
}

/** What a page shows outside of its blocks. */
export const proseOf = (page: string): string =>
  readFileSync(page, 'utf8').replaceAll(FENCE, (block) => block.replaceAll(/[^\n]/g, ''));

/** The file of its page that a block is: the one that its first line names, such as `// invite.kind.ts`. */
export function fileOf({ code, line }: Block): string {
  return /^\/\/ ([\w./-]+\.ts)\n/.exec(code)?.[1] ?? `line-${line}.ts`;
}

/** Files that a page links to, by the names under which its blocks import them: what is the reader's own. */
export function linkedFilesOf(page: string): Map<string, string> {
  const links = proseOf(page).matchAll(/\]\(([^)\s#]+\.ts)\)/g);
  return new Map([...links].map(([, path = '']) => [basename(path), join(dirname(page), path)]));
}

export const importsOf = (code: string): string[] =>
  [...code.matchAll(/\bfrom '\.\/([^']+)\.js'/g)].map(([, name]) => `${name}.ts`);

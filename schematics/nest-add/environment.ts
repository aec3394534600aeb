import type { Tree } from '@angular-devkit/schematics';
import { lineEndOf } from './text';

const ENV = '.env';
const GITIGNORE = '.gitignore';

/**
 * Writes variables into `.env`, which is made where it is missing. One that is there already stays as it is.
 *
 * @returns the names of those that were written
 */
export function addVariables(
  tree: Tree,
  variables: Readonly<Record<string, string>>,
): readonly string[] {
  const text = textOf(tree, ENV);
  const names = Object.keys(variables).filter(
    // As dotenv reads it: a colon may stand for the sign.
    (name) => !new RegExp(`^\\s*(?:export\\s+)?${name}(?:\\s*=|:\\s)`, 'm').test(text),
  );
  addLines(
    tree,
    ENV,
    names.map((name) => `${name}=${variables[name]}`),
  );
  return names;
}

/**
 * Lets Git ignore files.
 *
 * @returns false where there is no .gitignore
 */
export function ignore(tree: Tree, files: readonly string[]): boolean {
  if (!tree.exists(GITIGNORE)) return false;
  const lines = textOf(tree, GITIGNORE)
    .split('\n')
    .map((line) => line.trim());
  // The last pattern that matches decides.
  const isIgnored = (file: string) =>
    lines.findLast((line) => patternOf(line).test(file))?.startsWith('!') === false;
  addLines(
    tree,
    GITIGNORE,
    files.filter((file) => !isIgnored(file)),
  );
  return true;
}

/** What a line of .gitignore matches in the folder that it stands in, whether it ignores that or not. */
function patternOf(line: string): RegExp {
  const glob = line.replace(/^!?(?:\/|\*\*\/)?/, '').replaceAll(/[.+^$(){}|[\]\\]/g, '\\$&');
  return new RegExp(`^${glob.replaceAll(/\*+/g, '.*').replaceAll('?', '.')}$`);
}

/** Adds lines at the end of a file, by its own line ends. */
function addLines(tree: Tree, path: string, lines: readonly string[]): void {
  if (lines.length === 0) return;
  const text = textOf(tree, path);
  const lineEnd = lineEndOf(text);
  const before = text === '' || text.endsWith('\n') ? text : text + lineEnd;
  const after = before + lines.map((line) => line + lineEnd).join('');
  if (tree.exists(path)) tree.overwrite(path, after);
  else tree.create(path, after);
}

const textOf = (tree: Tree, path: string) => (tree.exists(path) ? tree.readText(path) : '');

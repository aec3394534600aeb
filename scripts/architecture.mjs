/**
 * Draws the folders of src/ and which of them import which, into ARCHITECTURE.md.
 *
 *   npm run architecture            writes the picture
 *   npm run architecture -- --check fails where the picture is not that of the imports
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

const PAGE = 'ARCHITECTURE.md';
const START = '<!-- drawn by npm run architecture -->\n';
const END = '<!-- end of the drawing -->';

/** Folder → the folders that its files import, types included. */
const imports = new Map();
for (const file of ts.sys.readDirectory('src', ['.ts'])) {
  const relative = path.relative('src', path.resolve(file));
  const from = nodeOf(relative);
  const targets = imports.get(from) ?? new Set();
  imports.set(from, targets);
  for (const { fileName } of ts.preProcessFile(readFileSync(file, 'utf8')).importedFiles) {
    if (!fileName.startsWith('.')) continue;
    const to = nodeOf(path.join(path.dirname(relative), fileName.replace(/\.js$/, '.ts')));
    if (to !== from) targets.add(to);
  }
}

/** The folder directly in src/ that a file is in; files of src/ itself are one node, but for the service. */
function nodeOf(file) {
  const [folder, ...rest] = file.split(path.sep);
  if (rest.length > 0) return folder;
  return file === 'tempid.service.ts' ? 'TempIDService' : 'TempIDModule';
}

/** Whether there is a way of more than one step: such an arrow says nothing new. */
function isIndirect(from, to) {
  const seen = new Set();
  const queue = [...imports.get(from)].filter((next) => next !== to);
  for (const next of queue) {
    if (next === to) return true;
    if (seen.has(next)) continue;
    seen.add(next);
    queue.push(...(imports.get(next) ?? []));
  }
  return false;
}

const arrows = [...imports]
  .flatMap(([from, targets]) => [...targets].map((to) => [from, to]))
  .filter(([from, to]) => !isIndirect(from, to))
  .map(([from, to]) => `  ${from} --> ${to}`)
  .toSorted();
const drawing = ['```mermaid', 'flowchart TD', ...arrows, '```', ''].join('\n');

const page = readFileSync(PAGE, 'utf8');
const [before, after] = [page.indexOf(START) + START.length, page.indexOf(END)];
const redrawn = `${page.slice(0, before)}\n${drawing}\n${page.slice(after)}`;
if (!process.argv.includes('--check')) writeFileSync(PAGE, redrawn);
else if (redrawn !== page) {
  console.error(`The picture in ${PAGE} is not that of the imports: npm run architecture`);
  process.exitCode = 1;
}

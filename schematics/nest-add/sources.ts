import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import type { DirEntry, Tree } from '@angular-devkit/schematics';
import type { SourceFile } from 'typescript';
import { ts } from './typescript';

/** Folders that hold no source of the application. */
const OTHERS = /^(?:node_modules|dist|e2e|__tests__|tests?|testing)$/;

/** The sources of an application in a folder, and below it. Tests are no sources, nor are their helpers. */
export const readSources = (tree: Tree, folder: string): readonly SourceFile[] =>
  [...sourcesIn(tree.getDir(folder))].map((path) => parseLoosely(tree, path));

/** A file that is only searched. What stands for a byte that is not UTF-8 matches nothing. */
export const parseLoosely = (tree: Tree, path: string): SourceFile =>
  ts.createSourceFile(path, tree.read(path)?.toString() ?? '', ts.ScriptTarget.Latest, true);

function* sourcesIn(folder: DirEntry): Generator<string> {
  for (const file of folder.subfiles) {
    if (/(?<![.-](?:spec|test)|\.d)\.[cm]?ts$/.test(file)) yield `${folder.path}/${file}`;
  }
  for (const name of folder.subdirs) {
    const inner = folder.dir(name);
    if (!OTHERS.test(name) && !isLink(inner.path)) yield* sourcesIn(inner);
  }
}

/** A link may lead back up, and then there is no end. The tree does not tell; its root is the folder of the process. */
const isLink = (path: string) =>
  lstatSync(join(process.cwd(), path), { throwIfNoEntry: false })?.isSymbolicLink() === true;

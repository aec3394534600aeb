import type { Tree } from '@angular-devkit/schematics';
import { rangeOf, readManifest } from './project';
import { lineEndOf } from './text';

/**
 * Writes packages into package.json, under `dependencies`. One that it names already keeps its version.
 *
 * @returns the names of those that were written
 */
export function addPackages(
  tree: Tree,
  packages: Readonly<Record<string, string>>,
): readonly string[] {
  const manifest = readManifest(tree);
  const names = Object.keys(packages).filter((name) => rangeOf(manifest, name) === undefined);
  if (names.length === 0) return names;
  const added = names.map((name) => [name, packages[name]] as const);
  const all = [...Object.entries(manifest.dependencies ?? {}), ...added];
  const dependencies = Object.fromEntries(all.toSorted(([one], [other]) => (one < other ? -1 : 1)));
  const text = tree.readText('package.json');
  const indent = /^[ \t]+/m.exec(text)?.[0] ?? '  ';
  const end = text.endsWith('\n') ? '\n' : '';
  const json = JSON.stringify({ ...manifest, dependencies }, null, indent) + end;
  tree.overwrite('package.json', json.replaceAll('\n', lineEndOf(text)));
  return names;
}

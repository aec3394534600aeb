import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';

const root = new URL('../../', import.meta.url);

async function read(path: string): Promise<string> {
  return readFile(new URL(path, root), 'utf8');
}

/** The names that a file exports, also those that it exports again. */
function exportsOf(source: string): string[] {
  const declared = [
    ...source.matchAll(/^export (?:abstract )?(?:class|const|type|function) (\w+)/gm),
  ];
  const listed = [...source.matchAll(/^export (?:type )?\{([^}]*)\}/gm)].flatMap(([, names = '']) =>
    [...names.matchAll(/(?:type )?(\w+)\s*(?:,|$)/g)].map(([, name]) => name),
  );
  return [...declared.map(([, name]) => name), ...listed].filter((name) => name !== undefined);
}

describe('the exports of the main entry', () => {
  it('each export of the main entry is named in docs/api.md, and nothing else is named there', async () => {
    const [index, errors, page] = await Promise.all(
      ['src/index.ts', 'src/common/errors.ts', 'docs/api.md'].map(read),
    );
    const exported = [...exportsOf(index ?? ''), ...exportsOf(errors ?? '')];
    const rows = (page ?? '').split('\n').filter((line) => line.startsWith('| `'));
    const named = rows.flatMap((row) => row.split('|')[1]?.match(/\w+/g) ?? []);
    expect(exported.length).toBeGreaterThan(50);
    expect([...named, 'TempIDError', 'TempIDErrorCode'].toSorted()).toEqual(exported.toSorted());
    expect(page).toContain('`TempIDErrorCode`');
  });
});

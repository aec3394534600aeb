import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

const page = readFileSync('ARCHITECTURE.md', 'utf8');

describe('ARCHITECTURE.md', () => {
  it('ARCHITECTURE.md names only files and folders that are there', () => {
    const paths = [...page.matchAll(/`((?:[\w-]+\/)*[\w.-]+(?:\.ts|\/))`/g)].map(
      ([, path]) => path,
    );
    const missing = paths.filter((path) => !existsSync(`src/${path}`) && !existsSync(String(path)));
    expect(paths.length).toBeGreaterThan(40);
    expect(missing).toEqual([]);
  });

  it('ARCHITECTURE.md has the picture of the folders as they import each other', () => {
    const check = () => execFileSync('node', ['scripts/architecture.mjs', '--check']);
    expect(check).not.toThrow();
  });
});

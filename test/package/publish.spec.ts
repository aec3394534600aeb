import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const run = promisify(execFile);

const filledIn = {
  author: 'The authors',
  homepage: 'https://forge.example/tempid#readme',
  bugs: { url: 'https://forge.example/tempid/issues' },
  repository: { type: 'git', url: 'git+https://forge.example/tempid.git' },
};

describe('npm publish', () => {
  let cwd: string;
  beforeEach(() => {
    cwd = mkdtempSync(join(tmpdir(), 'publish-'));
  });
  afterEach(() => rmSync(cwd, { recursive: true }));

  const check = (manifest: object) => {
    writeFileSync(join(cwd, 'package.json'), JSON.stringify(manifest));
    return run(process.execPath, [resolve('scripts/check-publish.mjs')], { cwd });
  };

  it('npm publish runs the check first, is public and has a provenance', () => {
    const { scripts, publishConfig } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(scripts.prepublishOnly).toBe('node scripts/check-publish.mjs');
    expect(publishConfig).toEqual({ access: 'public', provenance: true });
  });

  it('the check says nothing where every field is filled in', async () => {
    expect(await check(filledIn)).toEqual({ stdout: '', stderr: '' });
  });

  it.each([
    ['absent', {}],
    ['empty', { author: '', homepage: '', bugs: { url: '' }, repository: { url: '' } }],
  ])(
    'npm publish is refused with one line that names each field, where they are %s',
    async (_, manifest) => {
      await expect(check(manifest)).rejects.toMatchObject({
        code: 1,
        stderr:
          'Not published. Fill in these fields of package.json: author (a name), homepage (https://…), ' +
          'bugs.url (https://…), repository.url (git+https://….git).\n',
      });
    },
  );

  it.each([
    ['author (a name)', { author: ' ' }],
    ['homepage (https://…)', { homepage: 'forge.example/tempid' }],
    ['bugs.url (https://…)', { bugs: 'https://forge.example/tempid/issues' }],
    ['repository.url (git+https://….git)', { repository: { url: 'https://forge.example/tempid' } }],
  ])('npm publish is refused where only %s is not as it should be', async (field, changed) => {
    await expect(check({ ...filledIn, ...changed })).rejects.toMatchObject({
      stderr: `Not published. Fill in these fields of package.json: ${field}.\n`,
    });
  });
});

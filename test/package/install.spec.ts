import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';

const run = promisify(execFile);

describe('an installation of the repository', () => {
  it.each(['.', 'test/nest-11', 'test/node-24', 'site'])(
    'the lock file of %s fits, and has no package that refuses this Node.js',
    async (cwd) => {
      const options = ['--dry-run', '--offline', '--engine-strict', '--ignore-scripts'];
      const { stderr } = await run('npm', ['ci', ...options], { cwd });
      expect(stderr).not.toMatch(/EBADENGINE|ERESOLVE|deprecated/);
    },
  );

  it('the build takes the tsconfig that nest-cli.json names, as nest build does', () => {
    const { compilerOptions } = JSON.parse(readFileSync('nest-cli.json', 'utf8'));
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(scripts.build).toMatch(`tsc -p ${compilerOptions.tsConfigPath} `);
  });
});

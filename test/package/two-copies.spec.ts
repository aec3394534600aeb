import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';

const run = promisify(execFile);

describe('two copies of the package in one process', () => {
  it.each([
    ['ES module', ['esm', 'cjs']],
    ['CommonJS', ['cjs', 'esm']],
  ])(
    'share classes, kinds, tokens, errors and requests where the %s is loaded first',
    async (_, order) => {
      const { stdout, stderr } = await run(process.execPath, [
        'test/package/two-copies/run.mjs',
        ...order,
      ]);
      expect(stdout + stderr).toBe('');
    },
  );

  it('are one where Node resolves `import` and `require`', async () => {
    const { stdout } = await run(process.execPath, [
      '--input-type=module',
      '--eval',
      `import { createRequire } from 'node:module';
       const required = createRequire(process.cwd() + '/')('nestjs-tempid');
       console.log(required === (await import('nestjs-tempid')));`,
    ]);
    expect(stdout.trim()).toBe('true');
  });

  it('share nothing where their versions differ, of which the code has that of package.json', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
    const source = readFileSync('src/common/one-per-process.ts', 'utf8');
    expect(source).toContain(`const VERSION = '${version}';`);
  });
});

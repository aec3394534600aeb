import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from '@jest/globals';
import { MemoryTempIDStore } from 'nestjs-tempid';
import { purgingContract, storeContract, type TestRunner } from 'nestjs-tempid/testing';

const run = promisify(execFile);

describe('the contract of stores', () => {
  const directory = mkdtempSync('test/stores/own-');
  afterAll(() => rmSync(directory, { recursive: true }));

  const testedByNode = async (consume: string) => {
    const file = join(directory, `${Date.now()}.mjs`);
    writeFileSync(
      file,
      `import { after, before, describe, it } from 'node:test';
      import { MemoryTempIDStore } from 'nestjs-tempid';
      import { storeContract } from 'nestjs-tempid/testing';
      class OwnStore extends MemoryTempIDStore { ${consume} }
      const open = async () => ({ store: new OwnStore(), close: async () => {} });
      describe('a store', () => storeContract(open, { it, beforeAll: before, afterAll: after }));`,
    );
    const { stdout } = await run(process.execPath, ['--test-reporter=tap', file]).catch(
      (failed: unknown) => {
        return failed as { stdout: string };
      },
    );
    const count = (what: string) => Number(new RegExp(`^# ${what} (\\d+)`, 'm').exec(stdout)?.[1]);
    return { passed: count('pass'), failed: count('fail'), stdout };
  };

  it('the contract of stores runs with another test runner, and passes a good store', async () => {
    const { passed, failed } = await testedByNode('');
    expect(passed).toBeGreaterThan(10);
    expect(failed).toBe(0);
  });

  it('the contract of stores fails a store that reads, decides and writes', async () => {
    const { failed, stdout } = await testedByNode(`
      async consume(id, maxUses, keepUntil) {
        const used = await this.used(id);
        await new Promise(setImmediate);
        if (used >= maxUses) return { allowed: false, used };
        await super.consume(id, 2 ** 31, keepUntil);
        return { allowed: true, used: used + 1 };
      }`);
    expect(failed).toBeGreaterThan(0);
    expect(stdout).toMatch(/not ok \d+ - allows exactly 50 of 1,000 concurrent uses/);
  });

  it('the contract of stores fails a store that does not return how many counts it purged, and ends', async () => {
    let asked = 0;
    class SilentStore extends MemoryTempIDStore {
      override async purgeExpired(): Promise<never> {
        if (++asked > 10) throw new Error('it was asked again and again');
        return undefined as never;
      }
    }
    const steps: (() => Promise<void>)[] = [];
    const runner: TestRunner = {
      it: (_, test) => steps.push(test),
      beforeAll: (prepare) => steps.push(prepare),
      afterAll: () => {},
    };
    purgingContract(async () => ({ store: new SilentStore(), close: async () => {} }), runner);
    const [prepare, ...tests] = steps;
    await prepare?.();
    expect(tests).toHaveLength(2);
    for (const test of tests) await expect(test()).rejects.toThrow(/equal/);
    expect(asked).toBeLessThan(10);
  });

  it('the contract of stores names the functions it needs where the runner has no globals', () => {
    const { it: taken } = globalThis as { it?: unknown };
    Object.assign(globalThis, { it: undefined });
    try {
      const open = () => Promise.reject(new Error('not opened'));
      expect(() => storeContract(open)).toThrow('give it { it, beforeAll, afterAll }');
    } finally {
      Object.assign(globalThis, { it: taken });
    }
  });
});

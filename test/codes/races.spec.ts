import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  MemoryTempIDStore,
  TempIDCodeError,
  TempIDExhaustedError,
  type TempIDService,
} from '../../src/index.js';
import { RedisTempIDStore } from '../../src/stores/redis/index.js';
import { TypeOrmTempIDStore } from '../../src/stores/typeorm/index.js';
import { concurrently, newId } from '../../src/testing/support.js';
import type { OpenedStore } from '../../src/testing/index.js';
import { describeDatabases } from '../support/databases.js';
import { openStore } from '../support/open-store.js';
import { createService } from '../support/service.js';
import { describeWith } from '../support/services.js';
import { wrongCode } from './wrong-code.js';

const LOGIN = { purpose: 'login' };

/** What came of attempts: how many were left after each that was compared and wrong, and how many were refused. */
async function outcomeOf(attempts: readonly Promise<unknown>[]) {
  const errors = (await Promise.allSettled(attempts)).flatMap((result) =>
    result.status === 'rejected' ? [result.reason as unknown] : [],
  );
  const wrong = errors.filter((error) => error instanceof TempIDCodeError);
  return {
    right: attempts.length - errors.length,
    left: wrong.map(({ attemptsLeft }) => attemptsLeft).toSorted((a, b) => b - a),
    exhausted: errors.filter((error) => error instanceof TempIDExhaustedError).length,
  };
}

function racesOn(open: () => Promise<OpenedStore>): void {
  let opened: OpenedStore;
  let tempid: TempIDService;

  beforeAll(async () => {
    opened = await open();
    tempid = createService({ storeTimeout: '15s' }, opened.store);
  });

  afterAll(() => opened.close());

  it('exactly maxAttempts of 200 concurrent guesses are compared', async () => {
    const { code, challenge } = await tempid.mintCode(LOGIN);
    const guess = () => tempid.verifyCodeOrThrow(challenge.value, wrongCode(code), LOGIN);
    const outcome = await outcomeOf(Array.from({ length: 200 }, guess));
    // The fifth of those that are compared is told that it was the last.
    expect(outcome).toEqual({ right: 0, left: [4, 3, 2, 1], exhausted: 196 });
    expect(await tempid.verifyCode(challenge.value, code, LOGIN)).toBeNull();
  });

  it('exactly one of 100 concurrent right codes is let through', async () => {
    const { code, challenge } = await tempid.mintCode({ ...LOGIN, maxAttempts: 100 });
    const answers = await concurrently(100, () => tempid.verifyCode(challenge.value, code, LOGIN));
    expect(answers.filter((answer) => answer !== null)).toHaveLength(1);
  });

  it('at most one right code is let through among concurrent guesses', async () => {
    const { code, challenge } = await tempid.mintCode(LOGIN);
    const guesses = Array.from({ length: 200 }, (_, index) =>
      tempid.verifyCodeOrThrow(challenge.value, index % 3 ? wrongCode(code) : code, LOGIN),
    );
    expect((await outcomeOf(guesses)).right).toBeLessThanOrEqual(1);
    expect(await tempid.verifyCode(challenge.value, code, LOGIN)).toBeNull();
  });

  it('exactly as many attempts of a subject as its window allows are compared, of 60 concurrent challenges', async () => {
    const subject = newId();
    const minted = await concurrently(60, () => tempid.mintCode({ ...LOGIN, subject }));
    const options = { ...LOGIN, window: '52w' } as const;
    const guesses = minted.map(({ code, challenge }) =>
      tempid.verifyCodeOrThrow(challenge.value, wrongCode(code), options),
    );
    expect(await outcomeOf(guesses)).toEqual({ right: 0, left: [4, 3, 2, 1], exhausted: 56 });
  });
}

describe('codes on MemoryTempIDStore', () => {
  racesOn(() => openStore(MemoryTempIDStore));
});

describeDatabases('codes', (connect) => {
  racesOn(async () => openStore(TypeOrmTempIDStore, await connect('codes')));
});

describeWith(process.env['TEST_REDIS_URL'], 'codes on Redis', (url) => {
  racesOn(() => openStore(RedisTempIDStore.register({ url })));
});

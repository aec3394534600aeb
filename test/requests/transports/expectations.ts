import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { TempIDService } from '../../../src/index.js';
import { concurrently } from '../../../src/testing/support.js';
import { createService } from '../../support/service.js';
import { OLD_SECRET, SECRET } from '../../support/secrets.js';
import { gate } from './handlers.js';
import { type FragileStore, recordLogs, type Running, serviceOf, storeOf } from './running.js';

const HOUR = 3_600_000;

/** What an application does on every transport. */
export function expectOfEvery(transport: string, start: () => Promise<Running>): void {
  describe(`the guard and its decorators on ${transport}`, () => {
    let running: Running;
    let tempid: TempIDService;
    let store: FragileStore;

    const mint = (maxUses: number) => tempid.mint({ maxUses });
    const used = async (token: string) => (await tempid.usesInfo(token)).used;

    beforeAll(async () => {
      running = await start();
      tempid = serviceOf(running);
      store = storeOf(running);
    });

    afterEach(() => Logger.overrideLogger(false));
    afterAll(() => running.close());

    async function expectRefused(
      token: string | null,
      code: string,
      message: string,
      handler = 'read',
    ) {
      const answer = await running.ask(handler, token === null ? {} : { token });
      expect(answer).toEqual({ refused: running.refusal(code, message) });
      expect(JSON.stringify(answer)).not.toMatch(/internal server error/i);
    }

    it('a handler of a good token gets its payload, a property of it, and the token', async () => {
      const token = await tempid.mint({ purpose: 'read', payload: { userId: 7 } });
      const { payload, id } = token;
      expect(await running.ask('read', { token: token.value })).toEqual({
        value: JSON.stringify({ payload, userId: 7, id }),
      });
    });

    it('a client without a token is told that one is needed', async () => {
      await expectRefused(null, 'TEMPID_MISSING', 'A token is needed.');
      await expectRefused('', 'TEMPID_MISSING', 'A token is needed.');
    });

    it('a client with a forged token is told the same as one with garbage', async () => {
      const forged = await createService({ secret: OLD_SECRET }).mint({ purpose: 'read' });
      const good = await tempid.mint({ purpose: 'read' });
      for (const token of ['garbage', forged.value, `${good.value.slice(0, -8)}AAAAAAAA`]) {
        await expectRefused(token, 'TEMPID_FORMAT', 'The token is not valid.');
      }
    });

    it('a client is told that its token has expired', async () => {
      const now = Date.now;
      Date.now = () => now() - HOUR;
      const minting = tempid.mint({ purpose: 'read', expiresIn: '1m' });
      Date.now = now;
      await expectRefused((await minting).value, 'TEMPID_EXPIRED', 'The token has expired.');
    });

    it('a client is told that the time of its token has not begun', async () => {
      const notBefore = new Date(Date.now() + 60_000);
      const { value } = await tempid.mint({ purpose: 'read', notBefore });
      await expectRefused(value, 'TEMPID_NOT_YET_VALID', 'The token is not valid yet.');
    });

    it('a client is told that its token is meant for something else', async () => {
      const { value } = await tempid.mint({ purpose: 'write' });
      await expectRefused(value, 'TEMPID_SCOPE', 'The token is not meant for this.');
    });

    it('a client is told that its token is used up', async () => {
      const { value } = await tempid.mint({ purpose: 'read', maxUses: 1 });
      expect(await running.ask('read', { token: value })).toHaveProperty('value');
      await expectRefused(value, 'TEMPID_EXHAUSTED', 'The token has been used up.');
    });

    it('a client is told that the same one has used its token, and one who is not named that it is not meant', async () => {
      const { value } = await mint(3);
      const joins = (who?: string) =>
        running.ask('joins', { token: value, ...(who !== undefined && { who }) });
      expect(await joins('ada')).toEqual({ value: 'repeated: false' });
      expect(await joins('ada')).toEqual({
        refused: running.refusal(
          'TEMPID_ALREADY_USED',
          'The token has been used by the same one before.',
        ),
      });
      for (const nobody of [undefined, '', 'x'.repeat(256)]) {
        expect(await joins(nobody)).toEqual({
          refused: running.refusal('TEMPID_SCOPE', 'The token is not meant for this.'),
        });
      }
      expect(await joins('bob')).toEqual({ value: 'repeated: false' });
      expect(await used(value)).toBe(2);
    });

    it('the same one is let through again by one use, of many messages at once', async () => {
      const { value } = await mint(1);
      const answers = await concurrently(20, () =>
        running.ask('retries', { token: value, who: 'ada' }),
      );
      const firsts = answers.filter((answer) => JSON.stringify(answer).includes('false'));
      expect(firsts).toEqual([{ value: 'repeated: false' }]);
      expect(answers.filter((answer) => 'value' in answer)).toHaveLength(20);
      expect(await used(value)).toBe(1);
    });

    it('a client is told that its token was revoked', async () => {
      const { value } = await tempid.mint({ purpose: 'read', maxUses: 1 });
      await tempid.revoke(value);
      await expectRefused(value, 'TEMPID_REVOKED', 'The token was revoked.');
    });

    it('a client is told that the store cannot answer, and no use is counted', async () => {
      const { value } = await tempid.mint({ purpose: 'read', maxUses: 1 });
      store.isBroken = true;
      await expectRefused(
        value,
        'TEMPID_STORE_UNAVAILABLE',
        'Tokens cannot be checked right now. Try again shortly.',
      );
      store.isBroken = false;
      expect(await running.ask('read', { token: value })).toHaveProperty('value');
    });

    it('an error that `use` throws in a handler is told as that of the guard', async () => {
      const expectTold = (token: string, code: string, message: string) =>
        expectRefused(token, code, message, 'uses');
      const { value } = await tempid.mint({ purpose: 'read', maxUses: 1 });
      store.isBroken = true;
      await expectTold(
        value,
        'TEMPID_STORE_UNAVAILABLE',
        'Tokens cannot be checked right now. Try again shortly.',
      );
      store.isBroken = false;
      expect(await running.ask('uses', { token: value })).toHaveProperty('value');
      await expectTold(value, 'TEMPID_EXHAUSTED', 'The token has been used up.');
      const forged = await createService({ secret: OLD_SECRET }).mint({ purpose: 'read' });
      const other = await tempid.mint({ purpose: 'write' });
      for (const token of ['garbage', forged.value, `${value.slice(0, -8)}AAAAAAAA`]) {
        await expectTold(token, 'TEMPID_FORMAT', 'The token is not valid.');
      }
      await expectTold(other.value, 'TEMPID_SCOPE', 'The token is not meant for this.');
    });

    it.each([
      ['a payload that mint refuses', 'payload', 'payload.at is of the type Date'],
      ['an option that mint refuses', 'option', 'maxUses'],
    ])(
      '%s is logged, and a client is told only that there was a mistake',
      async (_, kind, reason) => {
        const logs = recordLogs();
        const answer = JSON.stringify(await running.ask('mistakes', { token: kind }));
        expect(answer).toMatch(/internal server error/i);
        expect(answer).not.toMatch(/TEMPID|maxUses|Date/);
        expect(logs()).toContain(reason);
      },
    );

    it('a refusal logs no token, no payload and no secret', async () => {
      const payload = { note: 'only-for-the-holder' };
      const logs = recordLogs();
      const tokens = [
        await tempid.mint({ purpose: 'write', payload }),
        await tempid.mint({ purpose: 'read', payload, maxUses: 1 }),
        await createService({ secret: OLD_SECRET }).mint({ purpose: 'read', payload }),
      ].map(({ value }) => value);
      for (const token of [...tokens, ...tokens]) await running.ask('read', { token });
      for (const token of tokens) await running.ask('throws', { token });
      const forOutage = await tempid.mint({ purpose: 'read', payload, maxUses: 1 });
      store.isBroken = true;
      await running.ask('read', { token: forOutage.value });
      store.isBroken = false;
      for (const secret of [...tokens, forOutage.value, payload.note, SECRET, OLD_SECRET]) {
        expect(logs()).not.toContain(secret);
      }
    });

    it('a message counts no use without consume, and one use with it', async () => {
      const { value } = await mint(3);
      await running.ask('verify', { token: value });
      expect(await used(value)).toBe(0);
      await running.ask('consume', { token: value });
      expect(await used(value)).toBe(1);
      await running.ask('consume', { token: value });
      expect(await used(value)).toBe(2);
    });

    it('exactly 50 of 200 concurrent messages get one of 50 uses', async () => {
      const { value, id } = await mint(50);
      const answers = await concurrently(200, () => running.ask('consume', { token: value }));
      const refused = running.refusal('TEMPID_EXHAUSTED', 'The token has been used up.');
      const told = answers.map((answer) => JSON.stringify(answer));
      expect(told.filter((answer) => answer === JSON.stringify({ value: id }))).toHaveLength(50);
      expect(answers.filter((answer) => 'refused' in answer)).toHaveLength(150);
      expect(answers.find((answer) => 'refused' in answer)).toEqual({ refused });
      expect(await used(value)).toBe(50);
    });

    it('every message of a connection is asked for a token of its own', async () => {
      const [ada, bob] = [await mint(1), await mint(1)];
      expect(await running.ask('consume', { token: ada.value })).toEqual({ value: ada.id });
      for (const data of [{}, { token: 'garbage' }, { token: ada.value }]) {
        expect(await running.ask('consume', data)).toHaveProperty('refused');
      }
      expect(await running.ask('consume', { token: bob.value })).toEqual({ value: bob.id });
    });

    it('the tokens of messages that run at once are kept apart', async () => {
      const tokens = await concurrently(20, () => mint(1));
      const answers = await concurrently(40, (index) =>
        running.ask('consume', index % 2 ? {} : { token: String(tokens[index / 2]) }),
      );
      const ids = answers.flatMap((answer) => ('value' in answer ? [answer.value] : []));
      expect(new Set(ids)).toEqual(new Set(tokens.map(({ id }) => id)));
    });

    it('no message gets the use that another one holds', async () => {
      const { value } = await mint(1);
      gate.shut();
      const slow = running.ask('slow', { token: value, fail: 'yes' });
      await gate.arrival();
      const others = Array.from({ length: 5 }, () => running.ask('consume', { token: value }));
      // A client is not told which of its messages a refusal is for.
      await settled([slow, ...others], 5);
      gate.open();
      const answers = await Promise.all([slow, ...others]);
      expect(answers.filter((answer) => 'value' in answer)).toHaveLength(0);
      expect(await used(value)).toBe(0);
    });

    it('a message counts one use where the class and the handler are decorated, or only the class', async () => {
      const { value } = await mint(5);
      expect(await running.ask('both', { token: value })).toEqual({ value: 'done' });
      expect(await used(value)).toBe(1);
      expect(await running.ask('class', { token: value })).toEqual({ value: 'done' });
      expect(await used(value)).toBe(2);
    });

    it('a use on success is counted, and refunded where a pipe or the handler throws', async () => {
      const { value } = await mint(1);
      expect(await running.ask('piped', { token: value, number: 'x' })).toHaveProperty('refused');
      expect(await used(value)).toBe(0);
      expect(await running.ask('throws', { token: value })).toHaveProperty('refused');
      expect(await used(value)).toBe(0);
      expect(await running.ask('piped', { token: value, number: '3' })).toEqual({ value: '3' });
      expect(await used(value)).toBe(1);
      expect(await running.ask('piped', { token: value, number: '3' })).toEqual({
        refused: running.refusal('TEMPID_EXHAUSTED', 'The token has been used up.'),
      });
    });

    it('a use on success is refunded where a later guard refuses only if the answer has a status', async () => {
      const { value } = await mint(1);
      expect(await running.ask('refused_later', { token: value })).toHaveProperty('refused');
      while (running.hasStatus && (await used(value)) !== 0) await new Promise(setImmediate);
      expect(await used(value)).toBe(running.hasStatus ? 0 : 1);
    });

    it('a token is looked for where extract says, and nowhere else', async () => {
      const { value } = await mint(1);
      expect(await running.ask('elsewhere', { token: value })).toEqual({
        refused: running.refusal('TEMPID_MISSING', 'A token is needed.'),
      });
      expect(await running.ask('elsewhere', { token: 'garbage', ticket: value })).toEqual({
        value: 'done',
      });
    });

    it('a guard of the application is asked', async () => {
      const [ada, bob] = [
        await tempid.mint({ subject: 'ada' }),
        await tempid.mint({ subject: 'bob' }),
      ];
      expect(await running.ask('guarded', { token: ada.value })).toEqual({ value: 'done' });
      expect(await running.ask('guarded', { token: bob.value })).toEqual({
        refused: running.refusal('TEMPID_SCOPE', 'The token is not meant for this.'),
      });
    });
  });
}

/** Ends when so many of the calls have ended. */
function settled(calls: readonly Promise<unknown>[], count: number): Promise<void> {
  let ended = 0;
  return new Promise((resolve) => {
    const oneMore = () => ++ended === count && resolve();
    for (const call of calls) void call.then(oneMore);
  });
}

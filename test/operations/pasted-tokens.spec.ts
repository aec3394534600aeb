import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { jwe, jws } from '../../src/jwt/index.js';
import { createService } from '../support/service.js';

const { cases }: { cases: { name: string; secret: string; token: string }[] } = JSON.parse(
  readFileSync(new URL('../vectors/tempid-v1.json', import.meta.url), 'utf8'),
);
const v1 = cases.find(({ name }) => name === 'valid 5') ?? { secret: '', token: '' };

/** What mails, chats and word processors put around what is copied out of them. */
const AROUND: readonly (readonly [before: string, after: string])[] = [
  ['', '\n'],
  ['  \t', '\r\n\r\n'],
  ['\ufeff', '\u200b'],
  ['\u00a0\u2003', '\u3000'],
  ['<', '>'],
  ['"', '",'],
  ['“', '”'],
  ['« ', ' ».'],
  ['(‘', '’)!'],
  ['[', ']:'],
  ['**`', '`**'],
  ['', '…?;'],
];

const tempid = createService({
  secret: v1.secret,
  formats: [jws(), jwe()],
  accept: ['v3', 'v2', 'jws', 'jwe', 'v1'],
});

describe.each(['v3', 'v2', 'jws', 'jwe'] as const)('a pasted token of the format %s', (format) => {
  const mint = (maxUses = 1) => tempid.mint({ format, maxUses, payload: { userId: 42 } });

  it.each(AROUND)(
    'verify, parse and equals take a token between %j and %j for the token itself',
    async (before, after) => {
      const minted = await mint();
      const pasted = before + minted.value + after;
      const verified = await tempid.verifyOrThrow(pasted);
      expect([verified.value, verified.id]).toEqual([minted.value, minted.id]);
      expect(minted.equals(pasted)).toBe(true);
      expect((await tempid.parse(pasted)).value).toBe(minted.value);
    },
  );

  it('uses, a refund and a revocation of one token count together, whatever is pasted around it', async () => {
    const { value } = await mint(2);
    expect([await tempid.use(`<${value}>`), await tempid.use(` ${value}\n`)]).toEqual([true, true]);
    expect(await tempid.use(value)).toBe(false);
    expect(await tempid.use(`“${value}”`)).toBe(false);
    await tempid.refund(`${value}.`);
    expect(await tempid.usesInfo(`(${value})`)).toEqual({ total: 2, used: 1, left: 1 });
    await tempid.revoke(`\u200b${value}\u200b`);
    expect(await tempid.use(value)).toBe(false);
    expect(await tempid.verify(`${value} `, { checkUses: true })).toBeNull();
  });

  it.each(['\n', ' ', '\u200b', '\r\n\t', '-', '_', '='])(
    'a token with %j in its middle is refused, and with that at its end where it may be a part of a token',
    async (character) => {
      const { value } = await mint();
      const middle = value.length >> 1;
      const broken = value.slice(0, middle) + character + value.slice(middle);
      expect(await tempid.verify(broken)).toBeNull();
      const isPart = /[-_=]/.test(character);
      expect((await tempid.verify(value + character)) === null).toBe(isPart);
    },
  );
});

describe('a pasted token of the format v1', () => {
  it.each(AROUND)(
    'verify takes a v1 token between %j and %j for the token itself',
    async (before, after) => {
      const [plain, pasted] = await Promise.all([
        tempid.verifyOrThrow(v1.token),
        tempid.verifyOrThrow(before + v1.token + after),
      ]);
      expect([pasted.value, pasted.id]).toEqual([v1.token, plain.id]);
    },
  );
});

describe('a pasted challenge', () => {
  it('attempts at one challenge count together, whatever is pasted around it', async () => {
    const { code, challenge } = await tempid.mintCode({ subject: 'ada', maxAttempts: 2 });
    const wrong = code === '000000' ? '000001' : '000000';
    expect(await tempid.verifyCode(`"${challenge.value}"`, wrong)).toBeNull();
    expect(await tempid.verifyCode(` ${challenge.value} `, wrong)).toBeNull();
    await expect(tempid.verifyCodeOrThrow(challenge, code)).rejects.toMatchObject({
      code: 'TEMPID_EXHAUSTED',
    });
  });
});

describe('a text without a token', () => {
  it.each(['', ' ', '\ufeff', '"".', '<>', '\u3000'.repeat(1_000_000)])(
    'verify refuses a text of nothing but spaces and quotes with TEMPID_FORMAT',
    async (value) => {
      await expect(tempid.verifyOrThrow(value)).rejects.toMatchObject({ code: 'TEMPID_FORMAT' });
    },
  );
});

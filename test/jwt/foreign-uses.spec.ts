import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  MemoryTempIDStore,
  type TempIDModuleOptions,
  type TempIDService,
} from '../../src/index.js';
import { jws, type JwsOptions } from '../../src/jwt/index.js';
import { RedisTempIDStore } from '../../src/stores/redis/index.js';
import { TypeOrmTempIDStore } from '../../src/stores/typeorm/index.js';
import { concurrently } from '../../src/testing/support.js';
import type { OpenedStore } from '../../src/testing/index.js';
import { type Connect, describeDatabases } from '../support/databases.js';
import { decodePart, ED, HMAC_SECRET, serviceOf, signByHand, whyNot } from '../support/jwt.js';
import { openStore } from '../support/open-store.js';
import { createService } from '../support/service.js';
import { describeWith } from '../support/services.js';

const keys = [{ kid: 'k1', secret: HMAC_SECRET }];
const now = Math.floor(Date.now() / 1_000);
const signed = (claims: object, header: object = { kid: 'k1' }) =>
  signByHand({ alg: 'HS256', ...header }, { iat: now, exp: now + 600, ...claims });
const newJti = () => randomBytes(24).toString('base64url');

describe('jws({ maxUses })', () => {
  const tempid = serviceOf(jws({ keys, maxUses: 1 }));

  it('jws({ maxUses }) limits a token without max_uses, whoever minted it', async () => {
    const minted = await tempid.mint();
    expect(minted.maxUses).toBe(1);
    for (const value of [signed({ jti: newJti() }), minted.value]) {
      expect((await tempid.verifyOrThrow(value)).maxUses).toBe(1);
      const answers = await concurrently(20, () => tempid.use(value));
      expect(answers.filter(Boolean)).toHaveLength(1);
      expect(await tempid.usesInfo(value)).toEqual({ total: 1, used: 1, left: 0 });
    }
  });

  it('jws({ maxUses }) is minted as max_uses, so that others see it', async () => {
    expect(decodePart((await tempid.mint()).value, 1)['max_uses']).toBe(1);
    expect(decodePart((await tempid.mint({ maxUses: 5 })).value, 1)['max_uses']).toBe(5);
  });

  it('jws({ maxUses }) leaves a token its own max_uses', async () => {
    const value = signed({ jti: newJti(), max_uses: 2 });
    const answers = await concurrently(20, () => tempid.use(value));
    expect(answers.filter(Boolean)).toHaveLength(2);
  });

  it('jws({ maxUses }) lets nobody use a token without a jti, which cannot be counted', async () => {
    const value = signed({});
    expect(await tempid.verify(value)).not.toBeNull();
    expect(await tempid.use(value)).toBe(false);
    await expect(tempid.useOrThrow(value)).rejects.toMatchObject({ code: 'TEMPID_SCOPE' });
    await expect(tempid.verifyOrThrow(value, { checkUses: true })).rejects.toMatchObject({
      code: 'TEMPID_SCOPE',
    });
  });

  it.each([-1, 1.5, '1', null, 2_147_483_647, undefined])(
    'jws({ maxUses }) refuses %j at the start',
    (maxUses) => {
      expect(() => jws({ maxUses } as JwsOptions)).toThrow(/'maxUses'/);
    },
  );
});

describe('jws({ defaultKid })', () => {
  const other = { kid: 'k2', privateKey: ED.privateKey };
  const tempid = serviceOf(jws({ keys: [other, ...keys], defaultKid: 'k1' }));

  it('jws({ defaultKid }) names the key of a token without kid, and changes nothing else', async () => {
    expect(await whyNot(tempid, signed({}, {}))).toBe('accepted');
    const [, claims] = signed({}).split('.');
    for (const alg of ['EdDSA', 'HS384', 'none']) {
      const value = signByHand({ alg }, Buffer.from(claims ?? '', 'base64url'));
      expect(await whyNot(tempid, value)).toMatch(/^TEMPID_FORMAT: The algorithm/);
    }
    const wrong = signByHand({ alg: 'HS256' }, { exp: now + 600 }, Buffer.alloc(64, 1));
    expect(await whyNot(tempid, wrong)).toMatch(/^TEMPID_TAMPERED: The signature/);
  });

  it('jws({ defaultKid }) is not for a token that has a kid, whatever it is', async () => {
    for (const kid of ['', 'k3', '__proto__']) {
      expect(await whyNot(tempid, signed({}, { kid }))).toMatch(
        /^TEMPID_TAMPERED: .* not configured/,
      );
    }
    for (const kid of [null, 1, ['k1']]) {
      expect(await whyNot(tempid, signed({}, { kid }))).toMatch(/^TEMPID_FORMAT: .* malformed/);
    }
    expect(await whyNot(tempid, signed({}, { kid: 'k2' }))).toMatch(
      /^TEMPID_FORMAT: The algorithm/,
    );
  });

  it('jws({ defaultKid }) gives a token that is signed again without its kid the same id', async () => {
    const once = serviceOf(jws({ keys, defaultKid: 'k1', maxUses: 1 }));
    const jti = newJti();
    expect(await once.use(signed({ jti }))).toBe(true);
    expect(await once.use(signed({ jti }, {}))).toBe(false);
  });

  it('jws({ defaultKid }) must name a key at the start, which may expire', () => {
    const start = (options: JwsOptions) => () => serviceOf(jws(options));
    expect(start({ keys, defaultKid: 'k2' })).toThrow(
      `'defaultKid' of jws names none of its 'keys'`,
    );
    expect(start({ defaultKid: 'k1' })).toThrow(`'defaultKid' of jws names none of its 'keys'`);
    expect(start({ keys, defaultKid: '' })).toThrow(`'defaultKid'`);
    const ended = { ...keys[0], kid: 'old', secret: HMAC_SECRET, notAfter: new Date(0) };
    expect(start({ keys: [other, ended], defaultKid: 'old' })).not.toThrow();
    const provider = { getKeys: () => keys };
    expect(start({ keys: provider, defaultKid: 'not there yet' })).not.toThrow();
  });
});

describe('jws({ jtiPrefix })', () => {
  const format = (options: JwsOptions = {}) =>
    jws({ keys, maxUses: 1, jtiPrefix: 'jti:', ...options });
  const tempid = serviceOf(format());
  const idOf = async (claims: object) => (await tempid.verifyOrThrow(signed(claims))).id;

  it('jws({ jtiPrefix }) makes the id in the store of itself and the jti, whoever minted the token', async () => {
    expect(await idOf({ jti: 'a-b_c.d~1' })).toBe('jti:a-b_c.d~1');
    const { id, value } = await tempid.mint();
    expect(id).toBe(`jti:${decodePart(value, 1)['jti']}`);
    expect((await tempid.verifyOrThrow(value)).id).toBe(id);
    expect(await idOf({})).toMatch(/^[\w-]{32}$/);
  });

  it('jws({ jtiPrefix }) refuses a jti that is too long for a table, or has other characters', async () => {
    expect(await idOf({ jti: 'x'.repeat(60) })).toHaveLength(64);
    for (const jti of [
      'x'.repeat(61),
      'a:b',
      'a b',
      'a\n',
      'a{b}',
      'a*',
      'ä',
      'a/b',
      '\u0000',
      '%41',
    ]) {
      expect(await whyNot(tempid, signed({ jti }))).toBe(
        `TEMPID_PAYLOAD: The payload of the token is malformed: with 'jtiPrefix' its 'jti' has at most 60 of the ` +
          `characters A-Z, a-z, 0-9, '-', '_', '.' and '~'.`,
      );
    }
  });

  it('jws({ jtiPrefix }) lets no jti name a token of another format, a revocation or an answer', async () => {
    const store = new MemoryTempIDStore();
    const service = createService(
      { formats: [format()], format: 'v3', accept: ['v3', 'jws'] },
      store,
    );
    const ours = await service.mint({ maxUses: 1 });
    await service.revoke(signed({ jti: ours.id }));
    expect(await service.use(ours)).toBe(true);
  });

  it.each([
    '',
    'jti',
    'a'.repeat(32) + ':',
    'a b:',
    'jti:*:',
    '{a}:',
    'group:',
    'group:jti:',
    ':',
    'ä:',
    7,
    null,
    undefined,
  ])('jws({ jtiPrefix }) refuses %j at the start', (jtiPrefix) => {
    expect(() => jws({ keys, jtiPrefix } as JwsOptions)).toThrow(/'jtiPrefix'/);
  });

  it.each(['jti:', 'token:jti:', 'prod:payment.v2:jti:', `${'a'.repeat(31)}:`])(
    'jws({ jtiPrefix }) may be %j, and a token that is minted has an id of at most 64 characters',
    async (jtiPrefix) => {
      const { id } = await serviceOf(format({ jtiPrefix })).mint();
      expect(id.startsWith(jtiPrefix)).toBe(true);
      expect(id.length).toBeLessThanOrEqual(64);
    },
  );
});

/** A service that runs tokenmint 0.1, by the commands that its ReplayCache sends. */
class Tokenmint {
  constructor(
    private readonly redis: Redis,
    private readonly prefix: string,
  ) {}

  /** `validate_token`: whether the token was not used yet, which it is then. */
  async validate(jti: string): Promise<boolean> {
    const isUsed = (await this.redis.exists(this.prefix + jti)) === 1;
    if (!isUsed) await this.redis.set(this.prefix + jti, 1, 'EX', 600, 'NX');
    return !isUsed;
  }

  async revoke(jti: string): Promise<void> {
    await this.redis.set(this.prefix + jti, 1, 'EX', 600);
  }
}

describeWith(process.env['TEST_REDIS_URL'], 'Tokens that a service of tokenmint shares', (url) => {
  describe.each([
    ['its own keys', 'token:', 'token:jti:'],
    ['ours', 'tempid:', 'tempid:jti:'],
  ])('at %s', (_, keyPrefix, theirPrefix) => {
    let redis: Redis;
    let tokenmint: Tokenmint;
    let opened: OpenedStore;
    let tempid: TempIDService;
    const options: TempIDModuleOptions & { secret?: never } = {
      issuer: 'myapp.io',
      storeTimeout: '30s',
    };
    const tokenOf = (jti: string) =>
      signed({ iss: 'myapp.io', sub: '20', pur: 'email-verify', nbf: now, ext: {}, jti });
    const use = (value: string) => tempid.use(value, { purpose: 'email-verify' });

    beforeAll(async () => {
      redis = new Redis(url);
      tokenmint = new Tokenmint(redis, theirPrefix);
      opened = await openStore(RedisTempIDStore.register({ url, keyPrefix }));
      tempid = serviceOf(jws({ keys, maxUses: 1, jtiPrefix: 'jti:' }), options, opened.store);
    });

    afterAll(async () => {
      await redis.quit();
      await opened.close?.();
    });

    it('a token that both services share is used once, by either', async () => {
      const [one, other] = [newJti(), newJti()];
      expect([await tokenmint.validate(one), await use(tokenOf(one))]).toEqual([true, false]);
      expect([await use(tokenOf(other)), await tokenmint.validate(other)]).toEqual([true, false]);
      expect(await redis.pttl(theirPrefix + other)).toBeGreaterThan(600_000);
    });

    it('a token that both services share is revoked by either', async () => {
      const [one, other] = [newJti(), newJti()];
      await tokenmint.revoke(one);
      expect(await use(tokenOf(one))).toBe(false);
      await tempid.revoke(tokenOf(other));
      expect(await tokenmint.validate(other)).toBe(false);
    });

    it('a token that both services share is minted here and used there', async () => {
      const { value } = await tempid.mint({ purpose: 'email-verify', subject: '20', payload: {} });
      const { jti, ext, max_uses } = decodePart(value, 1);
      expect([ext, max_uses]).toEqual([{}, 1]);
      expect([await tokenmint.validate(String(jti)), await use(value)]).toEqual([true, false]);
    });

    it('shared tokens are revoked with all of their subject, but for the one that replaces them', async () => {
      const scope = { purpose: 'email-verify', subject: newJti() };
      const first = await tempid.mint(scope);
      const second = await tempid.mint({ ...scope, replace: true });
      expect([await use(first.value), await use(second.value)]).toEqual([false, true]);
    });
  });
});

describeDatabases('Tokens of others that a table knows by their jti', (connect: Connect) => {
  let opened: OpenedStore;
  let tempid: TempIDService;

  beforeAll(async () => {
    opened = await openStore(
      TypeOrmTempIDStore.register({ revocations: true }),
      await connect('jti'),
    );
    const format = jws({ keys, maxUses: 1, jtiPrefix: 'jti:' });
    tempid = serviceOf(format, { storeTimeout: '30s' }, opened.store);
  });

  afterAll(() => opened.close?.());

  it('a token of others is used once by 20 concurrent uses, with the longest id', async () => {
    const value = signed({ jti: newJti().padEnd(60, 'x') });
    const answers = await concurrently(20, () => tempid.use(value));
    expect(answers.filter(Boolean)).toHaveLength(1);
    await tempid.refund(value);
    expect([await tempid.use(value), await tempid.use(value)]).toEqual([true, false]);
  });
});

import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  type ConsumeOptions,
  MemoryTempIDStore,
  type TempIDModuleOptions,
  TempIDRevokedError,
  type TempIDService,
  type ScopeRevocations,
  TempIDStoreUnavailableError,
} from '../../../src/index.js';
import { jws } from '../../../src/jwt/index.js';
import { idOf } from '../../../src/operations/revocation/revocation-scopes.js';
import { BrokenStore } from '../../support/broken-store.js';
import { NOW, setClock } from '../../support/clock.js';
import { decodePart, HMAC_SECRET, serviceOf, signByHand } from '../../support/jwt.js';
import { createService } from '../../support/service.js';

afterEach(() => {
  jest.restoreAllMocks();
});

class CountingStore extends MemoryTempIDStore {
  asked = 0;

  override async used(id: string, options?: ConsumeOptions): Promise<number> {
    this.asked++;
    return super.used(id, options);
  }
}

const SESSION = { purpose: 'session', subject: 'user 42' } as const;
const named = { purpose: 'session' };

/** As another process does it. */
const revokeElsewhere = (store: ScopeRevocations) =>
  store.revokeScope(
    idOf({ purpose: null, subject: 'user 42' }),
    { issuedUntil: Date.now(), except: null },
    new Date(Date.now() + 7_200_000),
  );

const open = (options: TempIDModuleOptions = {}, store = new CountingStore()) => ({
  store,
  tempid: createService(
    { revocation: 'always', ...options } as Parameters<typeof createService>[0],
    store,
  ),
});

const ENDINGS = [
  (tempid: TempIDService, value: string) => tempid.revoke(value),
  (tempid: TempIDService) => tempid.revokeSubject({ subject: 'user 42' }),
  (tempid: TempIDService) => tempid.revokeSubject(SESSION),
  (tempid: TempIDService) => tempid.revokePurpose('session'),
];

describe(`revocation: 'always'`, () => {
  it('verify refuses a token that was revoked, alone or with its subject or its purpose', async () => {
    const { tempid } = open();
    for (const end of ENDINGS) {
      const { value } = await tempid.mint(SESSION);
      expect(await tempid.verify(value, named)).not.toBeNull();
      await end(tempid, value);
      expect(await tempid.verify(value, named)).toBeNull();
      await expect(tempid.verifyOrThrow(value, named)).rejects.toThrow(TempIDRevokedError);
    }
  });

  it('verify accepts a token that is used up, unless checkUses is set', async () => {
    const { tempid } = open();
    const token = await tempid.mint({ ...SESSION, maxUses: 1 });
    await tempid.use(token);
    expect(await tempid.verify(token.value, named)).not.toBeNull();
    expect(await tempid.verify(token.value, { ...named, checkUses: true })).toBeNull();
  });

  it('verify asks the store once for a good token, and never for a bad one', async () => {
    const { tempid, store } = open();
    const { value } = await tempid.mint(SESSION);
    for (let time = 0; time < 3; time++) await tempid.verify(value, named);
    expect(store.asked).toBe(3);
    await tempid.verify(`${value}A`, named);
    await tempid.verify(value, { purpose: 'other' });
    await tempid.parse(value);
    expect(store.asked).toBe(3);
  });

  it('verify does not ask the store about a token of v1, which nothing can revoke', async () => {
    const vectors = JSON.parse(readFileSync('test/vectors/tempid-v1.json', 'utf8')) as Vectors;
    const good = vectors.cases.find(({ expect: { ok } }) => ok);
    const { tempid, store } = open({ accept: ['v3', 'v1'], secret: good?.secret });
    setClock((good?.expect.expiresAt ?? 0) * 1_000 - 1);
    expect(await tempid.verify(good?.token ?? '')).not.toBeNull();
    expect(store.asked).toBe(0);
  });

  it('verify rejects with TempIDStoreUnavailableError where the store fails', async () => {
    const tempid = createService({ revocation: 'always' }, new BrokenStore());
    const { value } = await tempid.mint(SESSION);
    await expect(tempid.verify(value, named)).rejects.toThrow(TempIDStoreUnavailableError);
  });
});

describe('revocationCacheTtl', () => {
  it('the answer of the store is asked for again after revocationCacheTtl, whatever the clock is set to meanwhile', async () => {
    const start = performance.now();
    const setPassed = (passed: number) =>
      jest.spyOn(performance, 'now').mockReturnValue(start + passed);
    setPassed(0);
    const { tempid, store } = open({ revocationCacheTtl: '5s' });
    const { value } = await tempid.mint({ ...SESSION, expiresIn: '2h', format: 'v3' });
    expect(await tempid.verify(value, named)).not.toBeNull();
    await revokeElsewhere(store);
    setPassed(4_999);
    setClock(Date.now() + 3_600_000);
    expect(await tempid.verify(value, named)).not.toBeNull();
    expect(store.asked).toBe(1);
    setPassed(5_000);
    setClock(Date.now() - 3_600_000);
    expect(await tempid.verify(value, named)).toBeNull();
    setPassed(5_001);
    expect(await tempid.verify(value, named)).toBeNull();
    expect(store.asked).toBe(2);
  });

  it('verify refuses at once what this very process has revoked', async () => {
    setClock(NOW);
    const { tempid } = open({ revocationCacheTtl: '1h' });
    for (const end of ENDINGS) {
      const { value } = await tempid.mint(SESSION);
      expect(await tempid.verify(value, named)).not.toBeNull();
      await end(tempid, value);
      expect(await tempid.verify(value, named)).toBeNull();
    }
  });

  it('verify refuses at once what another module of this process has revoked', async () => {
    setClock(NOW);
    const { tempid, store } = open({ revocationCacheTtl: '1h' });
    const other = createService({}, store);
    for (const end of ENDINGS) {
      const { value } = await tempid.mint(SESSION);
      expect(await tempid.verify(value, named)).not.toBeNull();
      await end(other, value);
      expect(await tempid.verify(value, named)).toBeNull();
    }
  });

  it('the cached answer about one JWT is not that about another with its jti', async () => {
    const store = new CountingStore();
    const format = jws({ keys: [{ kid: 'hmac', secret: HMAC_SECRET }] });
    const tempid = serviceOf(format, { revocation: 'always', revocationCacheTtl: '1h' }, store);
    const { value } = await tempid.mint(SESSION);
    const claims = decodePart(value, 1);
    const older = { ...claims, iat: Number(claims['iat']) - 10 };
    const again = signByHand({ alg: 'HS256', kid: 'hmac' }, older);
    await store.revokeScope(
      idOf({ purpose: null, subject: 'user 42' }),
      { issuedUntil: Date.now() - 5_000, except: null },
      new Date(Date.now() + 7_200_000),
    );
    expect(await tempid.verify(value, named)).not.toBeNull();
    expect(await tempid.verify(again, named)).toBeNull();
  });

  it('a refusal that only the clock decides is not cached', async () => {
    setClock(NOW + 61_000);
    const { tempid } = open({ revocationCacheTtl: '1h' });
    const { value } = await tempid.mint(SESSION);
    setClock(NOW);
    expect(await tempid.verify(value, named)).toBeNull();
    setClock(NOW + 1_000);
    expect(await tempid.verify(value, named)).not.toBeNull();
  });

  it('an answer that a revocation of this process has overtaken is not cached', async () => {
    let letGo = () => {};
    const gate = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    class Slow extends CountingStore {
      override async used(id: string, options?: ConsumeOptions): Promise<number> {
        const used = await super.used(id, options);
        if (this.asked === 1) await gate;
        return used;
      }
    }
    const { tempid, store } = open({ revocationCacheTtl: '1h' }, new Slow());
    const { value } = await tempid.mint(SESSION);
    const early = tempid.verify(value, named);
    while (store.asked === 0) await new Promise(setImmediate);
    await tempid.revokeSubject({ subject: 'user 42' });
    letGo();
    expect(await early).not.toBeNull();
    expect(await tempid.verify(value, named)).toBeNull();
  });

  it('use and checkUses ask the store though an answer is cached', async () => {
    setClock(NOW);
    const { tempid, store } = open({ revocationCacheTtl: '1h' });
    const { value } = await tempid.mint(SESSION);
    await tempid.verify(value, named);
    await revokeElsewhere(store);
    expect(await tempid.verify(value, { ...named, checkUses: true })).toBeNull();
    expect(await tempid.use(value, named)).toBe(false);
  });

  it('the answers about 10,000 tokens are cached, and the oldest are dropped first', async () => {
    const { tempid, store } = open({ revocationCacheTtl: '1h' });
    const tokens = [];
    for (let index = 0; index < 10_001; index++) {
      const { value } = await tempid.mint({ ...SESSION, format: 'v3' });
      tokens.push(value);
      await tempid.verify(value, named);
    }
    const before = store.asked;
    await tempid.verify(tokens[1] ?? '', named);
    await tempid.verify(tokens[10_000] ?? '', named);
    expect(store.asked - before).toBe(0);
    await tempid.verify(tokens[0] ?? '', named);
    expect(store.asked - before).toBe(1);
  });

  it('a failure of the store is not cached', async () => {
    let isBroken = true;
    class Failing extends CountingStore {
      override async used(id: string, options?: ConsumeOptions): Promise<number> {
        if (isBroken) throw new Error('no connection');
        return super.used(id, options);
      }
    }
    const { tempid } = open({ revocationCacheTtl: '1h' }, new Failing());
    const { value } = await tempid.mint(SESSION);
    await expect(tempid.verify(value, named)).rejects.toThrow(TempIDStoreUnavailableError);
    isBroken = false;
    expect(await tempid.verify(value, named)).not.toBeNull();
  });
});

interface Vectors {
  readonly cases: readonly {
    readonly token: string;
    readonly secret: string;
    readonly expect: { readonly ok: boolean; readonly expiresAt?: number };
  }[];
}

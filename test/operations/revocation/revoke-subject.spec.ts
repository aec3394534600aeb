import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  defineTempID,
  MemoryTempIDStore,
  TempIDConfigurationError,
  TempIDRevokedError,
  type TempIDService,
  TempIDStoreUnavailableError,
} from '../../../src/index.js';
import type { RevokeSubjectOptions } from '../../../src/operations/revocation/revoke-options.js';
import { BrokenStore } from '../../support/broken-store.js';
import { MINUTE, NOW, setClock } from '../../support/clock.js';
import { SilentGroups } from '../../support/silent-scopes.js';
import { OLD_SECRET, SECRET } from '../../support/secrets.js';
import { createService } from '../../support/service.js';
import { mintsShort } from '../../support/default-format.js';

afterEach(() => {
  jest.restoreAllMocks();
});

const DAY = 86_400_000;
const Reset = defineTempID({ purpose: 'reset', expiresIn: '15m' });

const mint = (tempid: TempIDService, purpose: string | undefined, subject: string | undefined) =>
  tempid.mint({ ...(purpose && { purpose }), ...(subject && { subject }), maxUses: 3 });

const stands = (tempid: TempIDService, value: string, purpose?: string) =>
  tempid.use(value, purpose ? { purpose } : {});

describe('revokeSubject', () => {
  it('revokeSubject ends every token of the subject, of any purpose, and no token of another subject', async () => {
    const tempid = createService();
    const [reset, invite, plain, other, nobody] = await Promise.all([
      mint(tempid, 'reset', 'user 42'),
      mint(tempid, 'invite', 'user 42'),
      mint(tempid, undefined, 'user 42'),
      mint(tempid, 'reset', 'user 43'),
      mint(tempid, 'reset', undefined),
    ]);
    await tempid.revokeSubject({ subject: 'user 42' });
    expect([
      await stands(tempid, reset.value, 'reset'),
      await stands(tempid, invite.value, 'invite'),
      await stands(tempid, plain.value),
      await stands(tempid, other.value, 'reset'),
      await stands(tempid, nobody.value, 'reset'),
    ]).toEqual([false, false, false, true, true]);
  });

  it('revokeSubject with a purpose ends only the tokens of that purpose', async () => {
    const tempid = createService();
    const reset = await mint(tempid, 'reset', 'user 42');
    const invite = await mint(tempid, 'invite', 'user 42');
    const plain = await mint(tempid, undefined, 'user 42');
    await tempid.revokeSubject({ subject: 'user 42', purpose: Reset });
    expect([
      await stands(tempid, reset.value, 'reset'),
      await stands(tempid, invite.value, 'invite'),
      await stands(tempid, plain.value),
    ]).toEqual([false, true, true]);
  });

  it('revokeSubject ends what was minted before it and nothing that is minted after it, within one millisecond', async () => {
    setClock(NOW);
    const tempid = createService();
    const tokens = [];
    for (let round = 0; round < 3; round++) {
      tokens.push(await mint(tempid, 'reset', 'user 42'));
      if (round < 2) await tempid.revokeSubject({ subject: 'user 42', purpose: 'reset' });
    }
    const [first, second, third] = tokens.map(({ value }) => stands(tempid, value, 'reset'));
    expect([await first, await second, await third]).toEqual([false, false, true]);
  });

  it('each of many fast revocations of a subject ends every token before it and none after it', async () => {
    const tempid = createService();
    for (let round = 0; round < 200; round++) {
      const before = await mint(tempid, 'reset', 'user 42');
      await tempid.revokeSubject({ subject: 'user 42' });
      const after = await mint(tempid, 'reset', 'user 42');
      expect(await stands(tempid, before.value, 'reset')).toBe(false);
      expect(await stands(tempid, after.value, 'reset')).toBe(true);
    }
  });

  it('revokeSubject tells tokens of one second apart by the milliseconds that they carry', async () => {
    const store = new MemoryTempIDStore();
    setClock(NOW);
    const before = await mint(createService({}, store), 'reset', 'user 42');
    setClock(NOW + 1);
    await createService({}, store).revokeSubject({ subject: 'user 42' });
    setClock(NOW + 2);
    const after = await mint(createService({}, store), 'reset', 'user 42');
    expect([
      await stands(createService({}, store), before.value, 'reset'),
      await stands(createService({}, store), after.value, 'reset'),
    ]).toEqual([false, true]);
  });

  it('use, checkUses and usesInfo refuse a token of a revoked subject, and a plain verify does so only of a short one', async () => {
    const tempid = createService();
    const token = await mint(tempid, 'reset', 'user 42');
    await tempid.revokeSubject({ subject: 'user 42' });
    const options = { purpose: 'reset' };
    expect((await tempid.verify(token.value, options)) === null).toBe(mintsShort());
    expect(await tempid.verify(token.value, { ...options, checkUses: true })).toBeNull();
    expect(await tempid.usesInfo(token)).toEqual({ total: 3, used: 3, left: 0 });
    await expect(tempid.useOrThrow(token)).rejects.toThrow(TempIDRevokedError);
    await expect(
      tempid.verifyOrThrow(token.value, { ...options, checkUses: true }),
    ).rejects.toThrow(TempIDRevokedError);
  });

  it('revokeSubject ends a token without a use limit', async () => {
    const tempid = createService();
    const token = await tempid.mint({ subject: 'user 42' });
    expect(await tempid.use(token)).toBe(true);
    await tempid.revokeSubject({ subject: 'user 42' });
    expect(await tempid.use(token)).toBe(false);
    expect(await tempid.usesInfo(token)).toEqual({ total: null, used: null, left: 0 });
  });

  it('revokeSubject ends the challenges of the subject, and their right code is refused', async () => {
    const tempid = createService();
    const { code, challenge } = await tempid.mintCode({ purpose: 'login', subject: 'user 42' });
    await tempid.revokeSubject({ subject: 'user 42' });
    await expect(tempid.verifyCodeOrThrow(challenge, code, { purpose: 'login' })).rejects.toThrow(
      TempIDRevokedError,
    );
  });

  it('revokeSubject ends tokens of a secret that this process does not know', async () => {
    const store = new MemoryTempIDStore();
    const old = createService({ secret: OLD_SECRET }, store);
    const both = createService({ secret: [SECRET, OLD_SECRET] }, store);
    const token = await mint(both, 'reset', 'user 42');
    await old.revokeSubject({ subject: 'user 42' });
    expect(await stands(both, token.value, 'reset')).toBe(false);
  });

  it('a revocation of a subject is kept until maxLifetime is over, and then purged', async () => {
    const store = new MemoryTempIDStore();
    setClock(NOW);
    const tempid = createService({ maxLifetime: '7d', leeway: '1m' }, store);
    const options = { purpose: 'reset', subject: 'user 42' };
    const token = await tempid.mint({ ...options, expiresIn: '7d' });
    await tempid.revokeSubject({ subject: 'user 42' });
    for (const moment of [7 * DAY, 7 * DAY + MINUTE - 1_000]) {
      setClock(NOW + moment);
      await tempid.purgeExpired();
      expect(await tempid.use(token.value, { purpose: 'reset' })).toBe(false);
    }
    expect(store.size).toBe(1);
    setClock(NOW + 7 * DAY + 65 * MINUTE);
    expect(await tempid.purgeExpired()).toBe(1);
    expect(store.size).toBe(0);
  });

  it('a token that lives longer than maxLifetime is refused once a revocation of it could be forgotten', async () => {
    const store = new MemoryTempIDStore();
    setClock(NOW);
    const options = { purpose: 'long', subject: 'user 7', expiresIn: '30d' } as const;
    const token = await createService({}, store).mint(options);
    const short = createService({ maxLifetime: '7d' }, store);
    setClock(NOW + 7 * DAY - 1);
    expect(await short.use(token.value, { purpose: 'long' })).toBe(true);
    const lenient = createService({ maxLifetime: '7d', leeway: '1m' }, store);
    setClock(NOW + 7 * DAY + MINUTE - 1);
    expect(await lenient.use(token.value, { purpose: 'long' })).toBe(true);
    setClock(NOW + 7 * DAY + MINUTE);
    expect(await lenient.use(token.value, { purpose: 'long' })).toBe(false);
    setClock(NOW + 7 * DAY);
    expect(await short.use(token.value, { purpose: 'long' })).toBe(false);
    expect(await short.verify(token.value, { purpose: 'long', checkUses: true })).toBeNull();
  });

  it('a token that was issued more than a minute in the future is refused', async () => {
    const store = new MemoryTempIDStore();
    setClock(NOW + MINUTE + 1);
    const token = await mint(createService({}, store), 'reset', 'user 42');
    setClock(NOW);
    const tempid = createService({}, store);
    expect(await stands(tempid, token.value, 'reset')).toBe(false);
    expect(await stands(createService({ leeway: '1s' }, store), token.value, 'reset')).toBe(true);
    setClock(NOW + 1);
    expect(await stands(tempid, token.value, 'reset')).toBe(true);
  });

  it('mint rejects for a token with purpose or subject that lives longer than maxLifetime', async () => {
    const tempid = createService({ maxLifetime: '7d' });
    for (const whose of [{ purpose: 'reset' }, { subject: 'user 42' }]) {
      await expect(tempid.mint({ ...whose, expiresIn: '8d' })).rejects.toThrow(/'maxLifetime'/);
      await expect(
        tempid.mint({ ...whose, expiresAt: new Date(Date.now() + 8 * DAY) }),
      ).rejects.toThrow(/'maxLifetime'/);
      expect(await tempid.mint({ ...whose, expiresIn: '7d' })).toBeDefined();
    }
    expect(await tempid.mint({ expiresIn: '8d' })).toBeDefined();
  });

  it('revoking a subject ends no token of another subject or purpose that is written alike', async () => {
    const tempid = createService();
    const token = await tempid.mint({ purpose: 'a', subject: 'b","c' });
    await tempid.revokeSubject({ purpose: 'a","b', subject: 'c' });
    await tempid.revokeSubject({ subject: 'a' });
    await tempid.revokePurpose('b","c');
    expect(await tempid.use(token)).toBe(true);
  });

  it('a store keeps as much for a subject that is revoked often as for one that is revoked once', async () => {
    const store = new MemoryTempIDStore();
    const tempid = createService({}, store);
    for (let time = 0; time < 50; time++) await tempid.revokeSubject({ subject: 'user 42' });
    expect(store.size).toBe(1);
  });

  for (const [what, options] of Object.entries({
    'no subject': {},
    'an undefined subject': { subject: undefined },
    'an empty subject': { subject: '' },
    'a subject that is a number': { subject: 42 },
    'an empty purpose': { subject: 'user 42', purpose: '' },
    'a purpose that is no text': { subject: 'user 42', purpose: {} },
    'an option that is not there': { subject: 'user 42', audience: 'app' },
    'nothing at all': undefined,
    'a text': 'user 42',
  })) {
    it(`revokeSubject rejects for ${what}`, async () => {
      const given = options as unknown as RevokeSubjectOptions;
      await expect(createService().revokeSubject(given)).rejects.toThrow(TempIDConfigurationError);
    });
  }

  it('revokeSubject rejects for a store without revokeScope, and the error names the method', async () => {
    const revoke = createService({}, new SilentGroups()).revokeSubject({ subject: 'user 42' });
    await expect(revoke).rejects.toThrow(
      new TempIDConfigurationError(
        `SilentGroups keeps no revocations of subjects and purposes: it must have a method 'revokeScope'.`,
      ),
    );
  });

  it('revokeSubject rejects with TempIDStoreUnavailableError where the store fails', async () => {
    class Broken extends BrokenStore {
      revokeScope = () => this.used();
    }
    const revoke = createService({}, new Broken()).revokeSubject({ subject: 'user 42' });
    await expect(revoke).rejects.toThrow(TempIDStoreUnavailableError);
  });
});

describe('revokePurpose', () => {
  it('revokePurpose ends every token of the purpose, with a subject or without', async () => {
    const tempid = createService();
    const tokens = [
      await mint(tempid, 'reset', 'user 42'),
      await mint(tempid, 'reset', undefined),
      await mint(tempid, 'invite', 'user 42'),
    ];
    await tempid.revokePurpose('reset');
    expect(await Promise.all(tokens.map((token) => tempid.use(token)))).toEqual([
      false,
      false,
      true,
    ]);
    expect(await tempid.use(await mint(tempid, 'reset', 'user 42'))).toBe(true);
  });

  it('revokePurpose accepts a kind in place of its purpose', async () => {
    const tempid = createService();
    for (const purpose of [Reset, { purpose: Reset }, { purpose: 'reset' }]) {
      const token = await tempid.mint(Reset);
      await tempid.revokePurpose(purpose);
      expect(await tempid.use(token)).toBe(false);
    }
  });

  for (const purpose of [
    '',
    undefined,
    null,
    {},
    { purpose: '' },
    { purpose: 'reset', subject: '42' },
  ]) {
    it(`revokePurpose rejects for ${JSON.stringify(purpose)}`, async () => {
      const given = purpose as unknown as string;
      await expect(createService().revokePurpose(given)).rejects.toThrow(TempIDConfigurationError);
    });
  }
});

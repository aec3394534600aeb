import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { IssuedRow } from '../../src/ledger/tempid-ledger.js';
import { NOW, setClock } from '../support/clock.js';
import { OLD_SECRET } from '../support/secrets.js';
import { codeOf, OpenLedger, shortService } from './short-service.js';

const OPTIONS = {
  purpose: 'invite',
  subject: 'user-7',
  audience: 'app',
  maxUses: 5,
  payload: { teamId: 7 },
  label: 'spring',
  expiresIn: '1h',
  notBefore: new Date(NOW - 60_000),
} as const;
const AS = { purpose: 'invite', audience: 'app' };

afterEach(() => {
  jest.restoreAllMocks();
});

async function minted() {
  setClock(NOW);
  const service = shortService();
  const token = await service.tempid.mint(OPTIONS);
  return { ...service, token, row: await service.ledger.row(token.id) };
}

describe('a leaked table of short tokens', () => {
  it('a row holds neither the token, nor the payload, nor the secret', async () => {
    const { token, row, tempid } = await minted();
    const written = JSON.stringify([row, await tempid.list(), await tempid.find(token.id)]);
    for (const text of [token.value, token.value.slice(4), 'teamId']) {
      expect(written).not.toContain(text);
      expect(written).not.toContain(Buffer.from(text).toString('base64url').slice(0, -1));
    }
  });

  it('an id and what is sealed are no tokens', async () => {
    const { tempid, row } = await minted();
    const { id, sealed } = row;
    for (const text of [
      id,
      `tid_${id}`,
      `tid_${id.slice(0, 22)}`,
      String(sealed),
      `TEMP-V3.${sealed}`,
    ]) {
      expect(await codeOf(tempid.verifyOrThrow(text, AS))).toMatch(/^TEMPID_(FORMAT|TAMPERED)$/);
    }
    const { tempid: v3 } = shortService({ format: 'v3', accept: ['v3', 'short'] });
    expect(await codeOf(v3.parse(`TEMP-V3.${sealed}`))).toBe('TEMPID_TAMPERED');
  });

  it('all rows and a token open nothing without the secret, or with that of another application', async () => {
    const { token, ledger } = await minted();
    const { tempid: other } = shortService({}, undefined, OLD_SECRET, ledger);
    expect(await codeOf(other.verifyOrThrow(token.value, AS))).toBe('TEMPID_TAMPERED');
    expect(await codeOf(other.parse(token.value))).toBe('TEMPID_TAMPERED');
    expect(await codeOf(other.extend({ id: token.id }, { maxUses: 9 }))).toBe('TEMPID_TAMPERED');
  });
});

describe('a row that somebody has written', () => {
  const CHANGES: readonly (readonly [string, Partial<IssuedRow>])[] = [
    ['purpose', { purpose: 'login' }],
    ['no purpose', { purpose: null }],
    ['subject', { subject: 'user-8' }],
    ['no subject', { subject: null }],
    ['audience', { audience: 'other' }],
    ['no audience', { audience: null }],
    ['format', { format: 'v3' }],
    ['issue time', { issuedAt: NOW + 1 }],
    ['begin', { notBefore: 1 }],
    ['no begin', { notBefore: null }],
    ['later end', { expiresAt: 4_000_000_000 }],
    ['more uses', { maxUses: 6 }],
    ['no limit', { maxUses: 0 }],
    ['nothing sealed', { sealed: null }],
    ['something else sealed', { sealed: 'A'.repeat(120) }],
  ];

  it.each(CHANGES)('opens nothing: %s', async (_, change) => {
    const { tempid, token, row, ledger } = await minted();
    ledger.forged.set(token.id, row);
    expect(await tempid.verify(token.value, AS)).toMatchObject({ id: token.id });
    ledger.forged.set(token.id, { ...row, ...change });
    expect(await codeOf(tempid.verifyOrThrow(token.value, AS))).toBe('TEMPID_TAMPERED');
    expect(await codeOf(tempid.verifyOrThrow(token.value))).toBe('TEMPID_TAMPERED');
    expect(await codeOf(tempid.useOrThrow(token, AS))).toBe('TEMPID_TAMPERED');
    expect(await codeOf(tempid.parse(token.value))).toBe('TEMPID_TAMPERED');
    expect(await codeOf(tempid.usesInfo(token))).toBe('TEMPID_TAMPERED');
    const extended = await codeOf(tempid.extend({ id: token.id }, { expiresIn: '2h' }));
    expect(extended).toBe(change.sealed === null ? 'TEMPID_CONFIGURATION' : 'TEMPID_TAMPERED');
  });

  it('opens nothing under the id of another token, and nothing of it', async () => {
    const { tempid, token, ledger } = await minted();
    const better = await tempid.mint({ ...OPTIONS, maxUses: 0, expiresIn: '20d' });
    const row = await ledger.row(better.id);
    for (const forged of [row, { ...row, id: token.id }]) {
      ledger.forged.set(token.id, forged);
      expect(await codeOf(tempid.verifyOrThrow(token.value, AS))).toBe('TEMPID_TAMPERED');
    }
    expect(await tempid.verify(better.value, AS)).toMatchObject({ id: better.id });
  });

  it('may say another label and be kept for longer, which the token does not say', async () => {
    const { tempid, token, row, ledger } = await minted();
    ledger.forged.set(token.id, { ...row, label: 'x', keepUntil: row.keepUntil + 9 });
    expect(await tempid.use(token.value, AS)).toBe(true);
  });

  it('is an older one of a token that was extended: then the older limit holds again', async () => {
    const { tempid, token, row, ledger } = await minted();
    await tempid.extend(token, { maxUses: 6 });
    expect((await tempid.parse(token.value)).maxUses).toBe(6);
    ledger.forged.set(token.id, row);
    expect((await tempid.parse(token.value)).maxUses).toBe(5);
  });

  it.each(['used up', 'revoked'])(
    'is an older one of a token whose end has become an earlier one: it stays %s',
    async (how) => {
      setClock(NOW);
      const { tempid, ledger } = shortService();
      const token = await tempid.mint({ maxUses: 1, expiresIn: '10d' });
      const row = await ledger.row(token.id);
      await tempid.extend(token, { expiresIn: '1h' });
      await (how === 'revoked' ? tempid.revoke({ id: token.id }) : tempid.use(token));
      setClock(NOW + 24 * 3_600_000);
      await tempid.purgeExpired();
      ledger.forged.set(token.id, row);
      const expected = how === 'revoked' ? 'TEMPID_REVOKED' : 'TEMPID_EXHAUSTED';
      expect(await codeOf(tempid.useOrThrow(token.value))).toBe(expected);
    },
  );

  it('was deleted: its token has ended, also in the hand of who has minted or verified it', async () => {
    const { tempid, token, ledger } = await minted();
    const verified = await tempid.verifyOrThrow(token.value, AS);
    ledger.forged.set(token.id, null);
    for (const call of [
      tempid.verifyOrThrow(token.value, AS),
      tempid.useOrThrow(verified),
      tempid.useOrThrow(token),
      tempid.extend(token, { maxUses: 9 }),
    ]) {
      expect(await codeOf(call)).toBe('TEMPID_TAMPERED');
    }
    expect(await codeOf(tempid.extend({ id: token.id }, { maxUses: 9 }))).toBe('TEMPID_NOT_FOUND');
  });
});

describe('what the ledger is asked', () => {
  it('nothing about garbage and what nearly looks like a short token', async () => {
    const { tempid, token, ledger } = await minted();
    ledger.asked.length = 0;
    const { value } = token;
    for (const text of [
      '',
      'tid_',
      value.slice(0, -1),
      `${value}A`,
      value.slice(1),
      value.toUpperCase(),
      value.replace('_', '-'),
      `${value.slice(0, -1)}-`,
      `${value.slice(0, 12)} ${value.slice(12)}`,
      `tid_${'A'.repeat(100_000)}`,
      'TEMP-V3.AAAAAAAAAAAAAAAAAAAAAAAA',
    ]) {
      expect([text.slice(0, 40), await codeOf(tempid.verifyOrThrow(text, AS))]).toEqual([
        text.slice(0, 40),
        'TEMPID_FORMAT',
      ]);
    }
    expect(ledger.asked).toEqual([]);
  });

  it('once, by the id, about a token, whatever is glued to it, and about one that nobody has minted', async () => {
    const { tempid, token, ledger } = await minted();
    for (const text of [token.value, `<${token.value}>.`, `tid_${'A'.repeat(22)}`]) {
      ledger.asked.length = 0;
      await tempid.verify(text, AS);
      expect(ledger.asked).toHaveLength(1);
      expect(ledger.asked[0] === token.id).toBe(text.includes(token.value));
    }
  });

  it('the answer to a token that nobody has minted is that to a changed row, word by word', async () => {
    const { tempid, token, row, ledger } = await minted();
    const reasonOf = async (text: string) =>
      tempid.verifyOrThrow(text).catch(({ name, message }: Error) => `${name}: ${message}`);
    const unknown = await reasonOf(`tid_${'A'.repeat(22)}`);
    ledger.forged.set(token.id, { ...row, maxUses: 9 });
    expect(await reasonOf(token.value)).toBe(unknown);
    expect(unknown).toMatch(/^TempIDTamperedError: /);
  });
});

describe('a ledger that does not answer', () => {
  it('is an outage, and calls no token bad', async () => {
    jest.spyOn(Logger.prototype, 'error').mockReturnValue();
    const { tempid, token, ledger } = await minted();
    ledger.isDown = true;
    for (const call of [
      () => tempid.verify(token.value, AS),
      () => tempid.verifyOrThrow(token.value, AS),
      () => tempid.parse(token.value),
      () => tempid.use(token.value, AS),
      () => tempid.use(token),
      () => tempid.usesInfo(token),
      () => tempid.revoke(token.value),
      () => tempid.extend(token, { maxUses: 9 }),
      () => tempid.mint(OPTIONS),
      () => tempid.verifyCode(token.value, '123456', AS),
    ]) {
      expect(await codeOf(call())).toBe('TEMPID_STORE_UNAVAILABLE');
    }
    ledger.isDown = false;
    expect(await tempid.use(token.value, AS)).toBe(true);
    expect(ledger.size).toBe(1);
  });

  it('is an outage after the time that a store has', async () => {
    jest.spyOn(Logger.prototype, 'error').mockReturnValue();
    const ledger = new OpenLedger();
    const { tempid } = shortService({ storeTimeout: '1s' }, undefined, undefined, ledger);
    const token = await tempid.mint();
    ledger.isSilent = true;
    expect(await codeOf(tempid.verify(token.value))).toBe('TEMPID_STORE_UNAVAILABLE');
  });
});

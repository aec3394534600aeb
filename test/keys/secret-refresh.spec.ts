import { Logger } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { describe, expect, it, jest } from '@jest/globals';
import { type SecretOption, TempIDModule, TempIDService } from '../../src/index.js';
import {
  Announcing,
  kidOf,
  logged,
  MINUTE,
  NEW,
  NEWEST,
  NOW,
  OLD,
  rolesOf,
  start,
  started,
  Vault,
} from '../support/vault.js';

describe('A SecretProvider is asked again', () => {
  it('a SecretProvider is asked every refreshInterval, and its answer replaces all secrets at once', async () => {
    const vault = new Vault([OLD]);
    const tempid = await start({ secret: vault, accept: ['v3', 'v2'] });
    const old = await Promise.all([tempid.mint(), tempid.mint({ format: 'v2' })]);

    vault.answer = [NEW, OLD];
    await jest.advanceTimersByTimeAsync(MINUTE - 1);
    expect(rolesOf(tempid)).toEqual([[kidOf(OLD), 'mints']]);
    await jest.advanceTimersByTimeAsync(1);
    expect(rolesOf(tempid)).toEqual([
      [kidOf(NEW), 'mints'],
      [kidOf(OLD), 'verifies'],
    ]);
    const fresh = await Promise.all([tempid.mint(), tempid.mint({ format: 'v2' })]);
    for (const { value } of [...old, ...fresh]) {
      await expect(tempid.verify(value)).resolves.not.toBeNull();
    }

    vault.answer = [NEW];
    await jest.advanceTimersByTimeAsync(MINUTE);
    for (const { value } of fresh) await expect(tempid.verify(value)).resolves.not.toBeNull();
    for (const { value } of old) {
      await expect(tempid.verifyOrThrow(value)).rejects.toMatchObject({ code: 'TEMPID_TAMPERED' });
    }
    expect(logged).toEqual([
      `log: The secrets have changed: ${kidOf(NEW)} mints, ${kidOf(OLD)} verifies.`,
      `log: The secrets have changed: ${kidOf(NEW)} mints.`,
    ]);
  });

  it('a new secret with white space at its ends is warned of once', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    const vault = new Vault([OLD]);
    await start({ secret: vault });
    await jest.advanceTimersByTimeAsync(MINUTE);
    expect(warn).not.toHaveBeenCalled();
    vault.answer = [`${NEW}\n`, OLD];
    await jest.advanceTimersByTimeAsync(3 * MINUTE);
    expect(warn.mock.calls).toEqual([
      [expect.stringContaining('The SecretProvider has a secret with white space at its ends')],
    ]);
    expect(warn.mock.calls.join()).not.toContain('hunter2');
  });

  it.each([
    ['a promise', async () => () => undefined],
    ['undefined', () => undefined],
  ])('a SecretProvider fails the start where its onChange returns %s', async (what, onChange) => {
    const vault = Object.assign(new Vault([OLD]), { onChange });
    const module = await Test.createTestingModule({
      imports: [TempIDModule.forRoot({ secret: vault as never })],
    }).compile();
    await expect(module.init()).rejects.toThrow(
      `'onChange' of the SecretProvider must return a function that ends the listening; it returned ${what}.`,
    );
  });

  it('a SecretProvider is asked for every change that it tells of, also one before the listening began', async () => {
    const vault = new Announcing([OLD]);
    const module = await Test.createTestingModule({
      imports: [TempIDModule.forRoot({ secret: vault })],
    }).compile();
    started.push(module);
    vault.answer = [NEW, OLD];
    const tempid = (await module.init()).get(TempIDService);
    expect(rolesOf(tempid)[0]).toEqual([kidOf(NEW), 'mints']);

    vault.answer = [NEW];
    vault.announce();
    await new Promise(setImmediate);
    expect(rolesOf(tempid)).toEqual([[kidOf(NEW), 'mints']]);
  });

  it('a SecretProvider is asked one load at a time, and once more after a change meanwhile', async () => {
    const vault = new Announcing([OLD]);
    const tempid = await start({ secret: vault });
    const before = vault.asked;
    let give: (secrets: SecretOption) => void = () => {};
    vault.answer = new Promise((resolve) => (give = resolve));
    for (let change = 0; change < 5; change++) vault.announce();
    await new Promise(setImmediate);
    expect(vault.asked - before).toBe(1);
    vault.answer = [NEWEST];
    give([NEW]);
    await new Promise(setImmediate);
    expect(vault.asked - before).toBe(2);
    expect(rolesOf(tempid)).toEqual([[kidOf(NEWEST), 'mints']]);
    vault.answer = [OLD];
    vault.announce();
    await new Promise(setImmediate);
    expect(rolesOf(tempid)).toEqual([[kidOf(OLD), 'mints']]);
  });

  it('a SecretProvider is asked no more after the application has ended, and a late answer changes nothing', async () => {
    const vault = new Announcing([OLD]);
    vault.refreshInterval = '1m' as unknown as undefined;
    const tempid = await start({ secret: vault });
    let give: (secrets: SecretOption) => void = () => {};
    vault.answer = new Promise((resolve) => (give = resolve));
    vault.announce();
    await new Promise(setImmediate);
    await started.pop()?.close();
    expect(vault.signals.at(-1)?.aborted).toBe(true);
    expect([jest.getTimerCount(), vault.listeners.size]).toEqual([0, 0]);
    give([NEW]);
    await new Promise(setImmediate);
    expect(rolesOf(tempid)).toEqual([[kidOf(OLD), 'mints']]);
    expect(logged).toEqual([]);
  });
});

describe('A SecretProvider that fails later', () => {
  it.each<[string, Error | SecretOption, string]>([
    ['throws', new Error('hunter2'), 'Error'],
    ['gives none', [], 'no secret'],
    ['gives a short one', [NEW, 'hunter2'], 'Secret 2 has 7 bytes'],
    ['gives one twice', [NEW, NEW], 'Secret 2 has the key id'],
    ['gives what has ended', [{ secret: NEW, notAfter: new Date(NOW) }], `'notAfter' of every`],
  ])(
    'a SecretProvider that later %s leaves the last good secrets, which is logged once with the time since when',
    async (_, bad, why) => {
      const vault = new Vault([OLD]);
      const tempid = await start({ secret: vault });
      const { value } = await tempid.mint();
      await jest.advanceTimersByTimeAsync(MINUTE);
      vault.answer = bad;
      await jest.advanceTimersByTimeAsync(5 * MINUTE);
      expect(vault.asked).toBe(7);
      expect(rolesOf(tempid)).toEqual([[kidOf(OLD), 'mints']]);
      await expect(tempid.verify(value)).resolves.not.toBeNull();
      expect(logged).toEqual([
        expect.stringMatching(
          /^error: The secrets cannot be refreshed. Those of 2026-01-01T12:01:00.000Z stay in use. /,
        ),
      ]);
      expect(logged[0]).toContain(why);

      vault.answer = [NEW];
      await jest.advanceTimersByTimeAsync(2 * MINUTE);
      expect(rolesOf(tempid)).toEqual([[kidOf(NEW), 'mints']]);
      expect(logged.slice(1)).toEqual([
        `log: The secrets have changed: ${kidOf(NEW)} mints.`,
        'log: The secrets can be refreshed again.',
      ]);
    },
  );

  it('each new reason why a SecretProvider fails is logged once, and after a silence it is asked again', async () => {
    const vault = new Vault([OLD]);
    const tempid = await start({ secret: vault });
    vault.answer = new Promise<SecretOption>(() => {});
    await jest.advanceTimersByTimeAsync(MINUTE + 30_000);
    vault.answer = new RangeError('hunter2');
    await jest.advanceTimersByTimeAsync(2 * MINUTE);
    expect(logged).toEqual([
      expect.stringContaining('no answer for 30 seconds'),
      expect.stringContaining('RangeError'),
    ]);
    vault.answer = [NEW];
    await jest.advanceTimersByTimeAsync(MINUTE);
    expect(rolesOf(tempid)).toEqual([[kidOf(NEW), 'mints']]);
  });
});

import { describe, expect, it, jest } from '@jest/globals';
import { type Loaded, loadLazily } from '../support/lazy-module.js';
import { Announcing, kidOf, MINUTE, NEW, OLD, rolesOf, Vault } from '../support/vault.js';

describe('A SecretProvider of a module that was loaded lazily', () => {
  it('a lazily loaded SecretProvider is asked again every refreshInterval from the first use on, until the application ends', async () => {
    const vault = new Vault([OLD]);
    const { context, tempid } = await loadLazily({ secret: vault });
    const old = await tempid.mint();
    vault.answer = [NEW];
    await jest.advanceTimersByTimeAsync(MINUTE);
    expect(rolesOf(tempid)).toEqual([[kidOf(NEW), 'mints']]);
    await expect(tempid.verify(old.value)).resolves.toBeNull();
    await context.close();
    expect(jest.getTimerCount()).toBe(0);
    expect(vault.asked).toBe(2);
  });

  it.each([
    ['verified', async (tempid, value) => tempid.verify(value)],
    ['used', async (tempid, value) => ((await tempid.use(value)) ? value : null)],
    ['counted', async (tempid, value) => tempid.usesInfo(value).catch(() => null)],
  ] satisfies [string, (tempid: Loaded['tempid'], value: string) => Promise<unknown>][])(
    'a lazily loaded SecretProvider is asked before the first token is %s, where its answer is older than refreshInterval',
    async (_, use) => {
      const { context: other, tempid: minting } = await loadLazily({ secret: OLD });
      const { value } = await minting.mint({ maxUses: 1 });
      const vault = new Vault([OLD]);
      const { context, tempid } = await loadLazily({ secret: vault });
      vault.answer = [NEW];
      await jest.advanceTimersByTimeAsync(MINUTE);
      await expect(use(tempid, value)).resolves.toBeNull();
      await Promise.all([context.close(), other.close()]);
    },
  );

  it('a lazily loaded SecretProvider is asked before the first token is minted, where its answer is older than refreshInterval', async () => {
    const vault = new Vault([OLD]);
    const { context, tempid } = await loadLazily({ secret: vault });
    vault.answer = [NEW];
    await jest.advanceTimersByTimeAsync(MINUTE);
    const { tempid: fresh, context: other } = await loadLazily({ secret: NEW });
    await expect(fresh.verify((await tempid.mint()).value)).resolves.not.toBeNull();
    await Promise.all([context.close(), other.close()]);
  });

  it('a lazily loaded SecretProvider is listened to from the first use on, until the application ends', async () => {
    const vault = new Announcing([OLD]);
    const { context, tempid } = await loadLazily({ secret: vault });
    vault.answer = [NEW, OLD];
    await tempid.mint();
    expect(rolesOf(tempid)[0]).toEqual([kidOf(NEW), 'mints']);
    vault.answer = [NEW];
    vault.announce();
    await new Promise(setImmediate);
    expect(rolesOf(tempid)).toEqual([[kidOf(NEW), 'mints']]);
    await context.close();
    expect(vault.listeners.size).toBe(0);
  });

  it('a lazily loaded SecretProvider with an onChange that nothing would end lets no use through', async () => {
    const vault = Object.assign(new Vault([OLD]), { onChange: async () => () => undefined });
    const { context, tempid } = await loadLazily({ secret: vault as never });
    for (let call = 0; call < 2; call++) {
      await expect(tempid.mint()).rejects.toThrow(`'onChange' of the SecretProvider must return`);
      await expect(tempid.verify('a token')).rejects.toThrow(`'onChange' of the SecretProvider`);
    }
    await context.close();
  });
});

import { inspect } from 'node:util';
import { Global, Injectable, Module } from '@nestjs/common';
import { describe, expect, it, jest } from '@jest/globals';
import {
  type SecretOption,
  type SecretProvider,
  TempIDConfigurationError,
  TempIDModule,
  type TempIDModuleOptions,
} from '../../src/index.js';
import {
  compile,
  kidOf,
  MINUTE,
  NEW,
  NOW,
  OLD,
  rolesOf,
  start,
  started,
  Vault,
} from '../support/vault.js';

describe('A SecretProvider', () => {
  it('a SecretProvider is waited for at the start', async () => {
    let give: (secrets: SecretOption) => void = () => {};
    const vault = new Vault(new Promise((resolve) => (give = resolve)));
    const starting = start({ secret: vault });
    give([NEW, OLD]);
    const tempid = await starting;
    expect(rolesOf(tempid)).toEqual([
      [kidOf(NEW), 'mints'],
      [kidOf(OLD), 'verifies'],
    ]);
    const { value } = await tempid.mint({ payload: { userId: 42 } });
    await expect(tempid.verify(value)).resolves.not.toBeNull();
  });

  it.each([
    ['throws', new Error('hunter2 is not the password'), 'Error'],
    ['cannot connect', Object.assign(new Error('no'), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
    ['cannot fetch', new TypeError('no', { cause: new RangeError('hunter2') }), 'by RangeError'],
    ['reads no JSON', new SyntaxError(`Unexpected token 'h', "hunter2" is not valid`), 'Syntax'],
    ['says it itself', new TempIDConfigurationError('the vault answered 403'), 'answered 403'],
    ['gives none', [], 'no secret'],
    ['gives an empty string', ' , ', 'no secret'],
    ['gives a short one', [OLD, 'hunter2'], 'Secret 2 has 7 bytes'],
    ['gives one twice', [OLD, NEW, OLD], 'Secret 3 has the key id of another'],
    ['gives something else', Promise.resolve(undefined as unknown as string), 'got undefined'],
    ['gives an object', { [OLD]: NEW } as unknown as string, `must have 'secret'`],
    ['gives what has ended', { secret: OLD, notAfter: new Date(NOW) }, `'notAfter' of every`],
  ])(
    'a SecretProvider fails the start where it %s, and its secrets are not told',
    async (_, answer, reason) => {
      const starting = start({ secret: new Vault(answer) });
      await expect(starting).rejects.toBeInstanceOf(TempIDConfigurationError);
      await expect(starting).rejects.toThrow(reason);
      const error: unknown = await starting.catch((thrown: unknown) => thrown);
      expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/hunter2/);
    },
  );

  it('a SecretProvider fails the start where it throws before its promise, or throws what is no error', async () => {
    const throwing = (thrown: unknown): SecretProvider => ({
      getSecrets() {
        throw thrown;
      },
    });
    await expect(start({ secret: throwing(new RangeError('hunter2')) })).rejects.toThrow('Range');
    await expect(start({ secret: throwing('hunter2') })).rejects.toThrow('of type string');
  });

  it('a SecretProvider fails the start after 30 seconds without an answer, and its signal is aborted', async () => {
    const vault = new Vault(new Promise<SecretOption>(() => {}));
    const starting = start({ secret: vault });
    const failing = starting.catch((error: Error) => error.message);
    while (vault.asked === 0) await new Promise(setImmediate);
    expect(vault.signals[0]?.aborted).toBe(false);
    jest.advanceTimersByTime(30_000);
    expect(await failing).toContain('no answer for 30 seconds');
    expect(vault.signals[0]?.aborted).toBe(true);
  });

  it.each(['0s', '25d', 60, '1x'])(
    'a SecretProvider fails the start with refreshInterval %j',
    async (every) => {
      const vault = Object.assign(new Vault(OLD), { refreshInterval: every as '1m' });
      await expect(start({ secret: vault })).rejects.toThrow(
        `'refreshInterval' of the SecretProvider`,
      );
    },
  );

  it.each(['1s', '24d'] as const)(
    'a SecretProvider starts with refreshInterval %j',
    async (refreshInterval) => {
      const tempid = await start({ secret: Object.assign(new Vault(OLD), { refreshInterval }) });
      expect(rolesOf(tempid)).toEqual([[kidOf(OLD), 'mints']]);
    },
  );

  it('a SecretProvider is asked once without refreshInterval and onChange', async () => {
    const tempid = await start({ secret: { getSecrets: () => OLD } });
    await jest.advanceTimersByTimeAsync(48 * 60 * MINUTE);
    expect(rolesOf(tempid)).toEqual([[kidOf(OLD), 'mints']]);
    expect(jest.getTimerCount()).toBe(1); // the purger's
  });
});

describe('A SecretProvider as the option secret', () => {
  @Injectable()
  class Client {
    read(): string {
      return NEW;
    }
  }

  @Global()
  @Module({ providers: [Client], exports: [Client] })
  class ClientModule {}

  @Injectable()
  class Injected implements SecretProvider {
    static destroyed = 0;

    constructor(private readonly client: Client) {}

    getSecrets(): SecretOption {
      return this.client.read();
    }

    onModuleDestroy(): void {
      Injected.destroyed++;
    }
  }

  it('a SecretProvider may be a class, whose dependencies Nest injects and whose hooks it calls', async () => {
    const tempid = await compile(ClientModule, TempIDModule.forRoot({ secret: Injected }));
    expect(rolesOf(tempid)).toEqual([[kidOf(NEW), 'mints']]);
    await started.pop()?.close();
    expect(Injected.destroyed).toBe(1);
  });

  it('a SecretProvider may come from a factory that has it injected', async () => {
    @Module({ providers: [Injected], exports: [Injected] })
    class SecretsModule {}

    const tempid = await compile(
      ClientModule,
      TempIDModule.forRootAsync({
        imports: [SecretsModule],
        inject: [Injected],
        useFactory: (secret: Injected): TempIDModuleOptions => ({ secret }),
      }),
    );
    expect(rolesOf(tempid)).toEqual([[kidOf(NEW), 'mints']]);
  });

  it('a SecretProvider is refused as a class from a factory, and the error says what to do', async () => {
    const useFactory = (): TempIDModuleOptions => ({ secret: Injected as unknown as string });
    await expect(compile(ClientModule, TempIDModule.forRootAsync({ useFactory }))).rejects.toThrow(
      `A factory cannot give the class Injected as 'secret': inject it into the factory`,
    );
  });

  it('a SecretProvider is refused where it is a function', async () => {
    const secret = (() => NEW) as unknown as string;
    await expect(start({ secret })).rejects.toThrow('or a SecretProvider; got function');
  });
});

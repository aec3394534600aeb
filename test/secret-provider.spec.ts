import { inspect } from 'node:util';
import { type DynamicModule, Global, Injectable, Logger, Module, type Type } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  type SecretOption,
  type SecretProvider,
  type TempIDModuleOptions,
  TempIDConfigurationError,
  TempIDModule,
  type TempIDRootOptions,
  TempIDService,
} from '../src/index.js';
import { Keyring } from '../src/keyring/keyring.js';
import { resolveSecrets } from '../src/keyring/secrets.js';

const OLD = 'old-hunter2-'.repeat(4);
const NEW = 'new-hunter2-'.repeat(4);
const NEWEST = 'newest-hunter2-'.repeat(4);
const NOW = Date.parse('2026-01-01T12:00:00Z');
const MINUTE = 60_000;

const kidOf = (secret: string) => new Keyring(resolveSecrets(secret)).report()[0]?.kid;

/** Secrets that a test changes. Each answer waits for a turn, as that of a server does. */
class Vault implements SecretProvider {
  refreshEvery: SecretProvider['refreshEvery'] = '1m';
  asked = 0;
  signals: AbortSignal[] = [];

  constructor(public answer: SecretOption | Error | Promise<SecretOption>) {}

  async getSecrets(signal: AbortSignal): Promise<SecretOption> {
    this.asked++;
    this.signals.push(signal);
    await Promise.resolve();
    if (this.answer instanceof Error) throw this.answer;
    return this.answer;
  }
}

/** A vault that tells of a change. */
class Announcing extends Vault {
  override refreshEvery = undefined;
  listeners = new Set<() => void>();

  onChange(changed: () => void): () => void {
    this.listeners.add(changed);
    return () => this.listeners.delete(changed);
  }

  announce(): void {
    for (const changed of this.listeners) changed();
  }
}

const started: TestingModule[] = [];
const logged: string[] = [];

async function compile(...imports: (DynamicModule | Type)[]): Promise<TempIDService> {
  const module = await Test.createTestingModule({ imports }).compile();
  started.push(module);
  return (await module.init()).get(TempIDService);
}

function start(options: TempIDRootOptions): Promise<TempIDService> {
  return compile(TempIDModule.forRoot(options));
}

const rolesOf = (tempid: TempIDService) => tempid.keys().map(({ kid, role }) => [kid, role]);

beforeEach(() => {
  jest.useFakeTimers({ now: NOW, doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
  for (const level of ['log', 'warn', 'error'] as const) {
    jest.spyOn(Logger.prototype, level).mockImplementation((message: unknown) => {
      const line = `${level}: ${String(message)}`;
      if (!line.endsWith('dependencies initialized')) logged.push(line);
    });
  }
});

afterEach(async () => {
  for (const module of started.splice(0)) await module.close();
  expect(logged.join('\n')).not.toMatch(/hunter2/);
  logged.length = 0;
  jest.restoreAllMocks();
  jest.useRealTimers();
});

describe('A SecretProvider', () => {
  it('is waited for at the start', async () => {
    let give = (_: SecretOption): void => {};
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
  ])('that %s fails the start, and its secrets are not told', async (_, answer, reason) => {
    const starting = start({ secret: new Vault(answer) });
    await expect(starting).rejects.toBeInstanceOf(TempIDConfigurationError);
    await expect(starting).rejects.toThrow(reason);
    const error: unknown = await starting.catch((thrown: unknown) => thrown);
    expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/hunter2/);
  });

  it('that throws before its promise, or what is no error, fails the start as well', async () => {
    const throwing = (thrown: unknown): SecretProvider => ({
      getSecrets() {
        throw thrown;
      },
    });
    await expect(start({ secret: throwing(new RangeError('hunter2')) })).rejects.toThrow('Range');
    await expect(start({ secret: throwing('hunter2') })).rejects.toThrow('of type string');
  });

  it('that is silent for 30 seconds fails the start, and is told to stop', async () => {
    const vault = new Vault(new Promise<SecretOption>(() => {}));
    const starting = start({ secret: vault });
    const failure = expect(starting).rejects.toThrow('no answer for 30 seconds');
    while (vault.asked === 0) await new Promise(setImmediate);
    expect(vault.signals[0]?.aborted).toBe(false);
    jest.advanceTimersByTime(30_000);
    await failure;
    expect(vault.signals[0]?.aborted).toBe(true);
  });

  it.each(['0s', '25d', 60, '1x'])('with refreshEvery %j does not start', async (every) => {
    const vault = Object.assign(new Vault(OLD), { refreshEvery: every as '1m' });
    await expect(start({ secret: vault })).rejects.toThrow(`'refreshEvery' of the SecretProvider`);
  });

  it('without refreshEvery and onChange is asked once', async () => {
    const tempid = await start({ secret: { getSecrets: () => OLD } });
    await jest.advanceTimersByTimeAsync(48 * 60 * MINUTE);
    expect(rolesOf(tempid)).toEqual([[kidOf(OLD), 'mints']]);
    expect(jest.getTimerCount()).toBe(1); // the purger's
  });
});

describe('A SecretProvider is asked again', () => {
  it('every refreshEvery, and what it gives takes effect at once and wholly', async () => {
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

  it('for every change that it tells of, also one before it was listened to', async () => {
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

  it('once at a time, and once more for what changes meanwhile', async () => {
    const vault = new Announcing([OLD]);
    const tempid = await start({ secret: vault });
    const before = vault.asked;
    let give = (_: SecretOption): void => {};
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

  it('no more when the application has ended, and an answer then changes nothing', async () => {
    const vault = new Announcing([OLD]);
    vault.refreshEvery = '1m' as unknown as undefined;
    const tempid = await start({ secret: vault });
    let give = (_: SecretOption): void => {};
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
  ])('as it %s leaves the last good secrets, says so once, and since when', async (_, bad, why) => {
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
  });

  it('says another reason once as well, and is asked again after a silence', async () => {
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

describe('A SecretProvider is given', () => {
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

  it('as a class, whose dependencies Nest injects and whose hooks it calls', async () => {
    const tempid = await compile(ClientModule, TempIDModule.forRoot({ secret: Injected }));
    expect(rolesOf(tempid)).toEqual([[kidOf(NEW), 'mints']]);
    await started.pop()?.close();
    expect(Injected.destroyed).toBe(1);
  });

  it('by a factory that has it injected', async () => {
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

  it('not as a class by a factory, and the error says what to do', async () => {
    const useFactory = (): TempIDModuleOptions => ({ secret: Injected as unknown as string });
    await expect(compile(ClientModule, TempIDModule.forRootAsync({ useFactory }))).rejects.toThrow(
      `A factory cannot give the class Injected as 'secret': inject it into the factory`,
    );
  });

  it('as nothing else: a function is no provider', async () => {
    const secret = (() => NEW) as unknown as string;
    await expect(start({ secret })).rejects.toThrow('or a SecretProvider; got function');
  });
});

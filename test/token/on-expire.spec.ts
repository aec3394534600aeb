import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { V3Codec } from '../../src/formats/v3.codec.js';
import { Keyring } from '../../src/keys/keyring.js';
import { resolveSecrets } from '../../src/keys/secrets.js';
import type { TempID } from '../../src/token/tempid.js';
import { tempidOf } from '../support/tempid.js';

const NOW = Date.UTC(2026, 0, 1);
const LIFE = 15 * 60_000;
const LONGEST_DELAY = 2 ** 31 - 1;
const codec = new V3Codec(new Keyring(resolveSecrets('s'.repeat(32))));

function tempid(life = LIFE): TempID {
  const rest = { notBefore: null, maxUses: 0, purpose: null, subject: null, audience: null };
  const expiresAt = (NOW + life) / 1_000;
  const payload = { note: 'hush-hush' };
  return tempidOf(
    codec.encode({ ...rest, expiresAt, issuedAt: NOW, payload, issuer: null, binding: null }),
  );
}

const callback = jest.fn<(token: TempID) => void>();
const log = jest.fn<(message: unknown) => void>();

beforeEach(() => {
  jest.useFakeTimers({ now: NOW });
  callback.mockReset();
  log.mockReset();
  jest.spyOn(Logger.prototype, 'error').mockImplementation(log);
});
afterEach(() => {
  jest.restoreAllMocks();
  jest.useRealTimers();
});

describe('onExpire calls back', () => {
  it('onExpire calls back at the expiry, once, with the token', () => {
    const token = tempid().onExpire(callback);
    jest.advanceTimersByTime(LIFE - 1);
    expect(callback).not.toHaveBeenCalled();
    jest.advanceTimersByTime(1);
    expect(callback).toHaveBeenCalledTimes(1);
    expect(callback.mock.calls[0]?.[0]).toBe(token);
    jest.advanceTimersByTime(10 * LIFE);
    expect([token.isExpired(), token.isValid(), token.remaining()]).toEqual([
      true,
      false,
      'expired',
    ]);
    expect(callback).toHaveBeenCalledTimes(1);
  });

  it.each([
    ['isExpired', (token: TempID) => token.isExpired()],
    ['isValid', (token: TempID) => token.isValid()],
    ['remaining', (token: TempID) => token.remaining()],
    ['inspect', (token: TempID) => inspect(token)],
  ])(
    'onExpire calls back at the first check after the expiry (%s), and then not by the timer',
    (_, check) => {
      const token = tempid().onExpire(callback);
      check(token);
      expect(callback).not.toHaveBeenCalled();
      jest.setSystemTime(NOW + LIFE);
      check(token);
      expect(callback).toHaveBeenCalledTimes(1);
      expect(jest.getTimerCount()).toBe(0);
      jest.advanceTimersByTime(LIFE);
      expect(callback).toHaveBeenCalledTimes(1);
    },
  );

  it('onExpire calls all callbacks in order, by one timer', () => {
    const calls: number[] = [];
    const token = tempid();
    for (let index = 0; index < 100; index++) {
      expect(token.onExpire(() => calls.push(index))).toBe(token);
    }
    expect(jest.getTimerCount()).toBe(1);
    jest.advanceTimersByTime(LIFE);
    expect(calls).toEqual([...Array(100).keys()]);
  });

  it('onExpire calls back at once where the token has expired, though not before it has returned', () => {
    const token = tempid();
    jest.advanceTimersByTime(LIFE);
    token.onExpire(callback);
    expect(callback).not.toHaveBeenCalled();
    jest.advanceTimersByTime(0);
    expect(callback).toHaveBeenCalledTimes(1);
  });

  it('onExpire calls a callback that another one registered, once', () => {
    const token = tempid();
    token.onExpire(() => token.onExpire(callback));
    jest.advanceTimersByTime(LIFE);
    jest.advanceTimersByTime(LIFE);
    expect(callback).toHaveBeenCalledTimes(1);
  });

  it('onExpire calls back once where the callback itself checks the token', () => {
    callback.mockImplementation((token) => void token.isValid());
    tempid().onExpire(callback);
    jest.advanceTimersByTime(2 * LIFE);
    expect(callback).toHaveBeenCalledTimes(1);
  });

  it.each([LONGEST_DELAY - 647, LONGEST_DELAY + 353, 3 * LONGEST_DELAY + 59, 365 * 86_400_000])(
    'onExpire calls back at the expiry in %d milliseconds, where a timer counts no more than 2,147,483,647',
    (life) => {
      const token = tempid(life).onExpire(callback);
      jest.advanceTimersByTime(life - 1);
      expect(callback).not.toHaveBeenCalled();
      expect(token.isExpired()).toBe(false);
      jest.advanceTimersByTime(1);
      expect(callback).toHaveBeenCalledTimes(1);
    },
  );

  it('onExpire does not call back before the expiry where the clock was set back meanwhile', () => {
    tempid().onExpire(callback);
    jest.setSystemTime(NOW - 60_000);
    jest.advanceTimersByTime(LIFE);
    expect(callback).not.toHaveBeenCalled();
    jest.advanceTimersByTime(60_000);
    expect(callback).toHaveBeenCalledTimes(1);
  });
});

describe('a callback that fails', () => {
  it.each<[string, (token: TempID) => unknown]>([
    [
      'throws',
      () => {
        throw new Error('mail is down');
      },
    ],
    ['rejects', () => Promise.reject(new Error('mail is down'))],
    [
      'throws no Error',
      () => {
        throw 'mail is down';
      },
    ],
  ])('a callback that %s is logged, and the others are called', async (_, fail) => {
    tempid().onExpire(callback).onExpire(fail).onExpire(callback);
    await jest.advanceTimersByTimeAsync(LIFE);
    expect(callback).toHaveBeenCalledTimes(2);
    expect(log).toHaveBeenCalledTimes(1);
    expect(log).toHaveBeenCalledWith(expect.stringContaining('mail is down'));
  });

  it('a callback that fails does not disturb the check that called it', () => {
    const token = tempid().onExpire(() => {
      throw new Error('mail is down');
    });
    jest.setSystemTime(NOW + LIFE);
    expect([token.isValid(), token.isExpired(), token.remaining()]).toEqual([
      false,
      true,
      'expired',
    ]);
  });

  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['a symbol', Symbol('mail')],
    ['an object that has no text', Object.create(null)],
    [
      'an object whose text throws',
      {
        toString: () => {
          throw new Error('no text');
        },
      },
    ],
  ])('a callback that fails with %s is logged all the same', async (_, reason) => {
    tempid()
      .onExpire(() => Promise.reject(reason))
      .onExpire(callback);
    await jest.advanceTimersByTimeAsync(LIFE);
    expect(callback).toHaveBeenCalledTimes(1);
    expect(log).toHaveBeenCalledTimes(1);
  });

  it('a callback that fails leaves no token and no payload in the log, though its error names them', async () => {
    const token = tempid();
    token.onExpire(({ value }) => {
      throw new Error(`DELETE /links/${value} answered 404`);
    });
    await jest.advanceTimersByTimeAsync(LIFE);
    const logged = inspect(log.mock.calls, { depth: 10 });
    expect(logged).toContain('onExpire');
    expect(logged).not.toContain(token.value.slice('TEMP-V3.'.length));
    expect(logged).not.toContain('hush-hush');
  });
});

/** Runs a program against the built package, as a user's process does. */
function run(program: string) {
  const source = `
    import { NestFactory } from '@nestjs/core';
    import { TempIDModule, TempIDService } from 'nestjs-tempid';
    const app = await NestFactory.createApplicationContext(
      TempIDModule.forRoot({ secret: '${'s'.repeat(32)}' }),
      { logger: ['error'] },
    );
    const tempid = app.get(TempIDService);
    ${program}`;
  return spawnSync(process.execPath, ['--input-type=module', '--eval', source], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    encoding: 'utf8',
    timeout: 30_000,
  });
}

describe('a process with a token that is awaited', () => {
  it('a process with an awaited token ends when it has nothing else to do', () => {
    const { status, signal, stdout, stderr } = run(`
      const token = await tempid.mint({ expiresIn: '1h' });
      token.onExpire(() => console.log('expired'));
      console.log('waiting');`);
    expect({ status, signal, stdout, stderr }).toEqual({
      status: 0,
      signal: null,
      stdout: 'waiting\n',
      stderr: '',
    });
  });

  it('a process lives on when callbacks of onExpire throw and reject', () => {
    const { status, stdout, stderr } = run(`
      const token = await tempid.mint({ expiresIn: '1h' });
      token
        .onExpire(() => { throw new Error('one failed'); })
        .onExpire(async () => { throw new Error('two failed'); })
        .onExpire(() => { throw Object.create(null); });
      Date.now = () => token.expiresAt.getTime();
      console.log(token.isExpired());
      setImmediate(() => console.log('alive'));`);
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'true\nalive\n' });
    expect(stderr).toMatch(/one failed[^]*two failed/);
  });
});

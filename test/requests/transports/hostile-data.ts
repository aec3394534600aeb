import { expect, it } from '@jest/globals';
import type { TempIDService } from '../../../src/index.js';
import type { Outcome } from './running.js';

/** What a message may be, and what no message may make of the guard. */
export function expectOfHostileData(
  tempidOf: () => TempIDService,
  ask: (handler: string, data: unknown) => Promise<Outcome>,
  { canBeNothing = true } = {},
): void {
  const hostile: [string, (token: string) => unknown][] = [
    ['a number', () => 0],
    ['true', () => true],
    ['the token as a string', (token) => token],
    ['the token in an array', (token) => [token]],
    ['an array of objects with the token', (token) => [{ token }, { token }]],
    ['an array as the token', (token) => ({ token: [token] })],
    ['an object as the token', (token) => ({ token: { value: token, length: 200 } })],
    [
      'the token as a property of a prototype',
      (token) => JSON.parse(`{"__proto__":{"token":"${token}"}}`),
    ],
    [
      'the token as that of a constructor',
      (token) => ({ constructor: { token, prototype: { token } } }),
    ],
    [
      'what another transport calls a request',
      (token) => ({
        headers: { 'x-token': token },
        query: { token },
        handshake: { auth: { token }, headers: { 'x-token': token } },
        req: { headers: { 'x-token': token } },
      }),
    ],
    ['100,000 characters', () => 'x'.repeat(100_000)],
  ];

  if (canBeNothing) hostile.push(['nothing', () => undefined], ['null', () => null]);

  it.each(hostile)('a message that is %s has no token, and counts no use', async (_, make) => {
    const token = await tempidOf().mint({ maxUses: 1 });
    expect(await ask('consume', make(token.value))).toEqual({
      refused: { status: 'error', code: 'TEMPID_MISSING', message: 'A token is needed.' },
    });
    expect((await tempidOf().usesInfo(token)).used).toBe(0);
  });

  it('a token of 100,000 characters is refused', async () => {
    expect(await ask('consume', { token: 'x'.repeat(100_000) })).toEqual({
      refused: { status: 'error', code: 'TEMPID_FORMAT', message: 'The token is not valid.' },
    });
  });
}

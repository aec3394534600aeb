import { describe, expect, it, jest } from '@jest/globals';

describe('the example of a transaction', () => {
  it('the example of a transaction loses no link to a change that failed, and changes nothing by a used link', async () => {
    const log = jest.spyOn(console, 'log').mockReturnValue();
    await import('../../sample/examples/transaction.js');
    expect(log.mock.calls.map(([line]) => line)).toEqual([
      `refused (the mail server is down): the password is 'old', the link has 1 of 1 uses left, the session goes on`,
      `done: the password is 'new', the link has 0 of 1 uses left, the session has ended`,
      `refused (Every use of the token is spent.): the password is 'new', the link has 0 of 1 uses left, the session has ended`,
    ]);
    log.mockRestore();
  });
});

describe('the example of transports', () => {
  it('the example of transports uses a ticket twice, and tells the third client the code', async () => {
    const log = jest.spyOn(console, 'log').mockReturnValue();
    await import('../../sample/examples/transports.js');
    expect(log.mock.calls.map(([line]) => JSON.parse(String(line)) as unknown)).toEqual([
      { data: { enter: 'seat 7A, by GraphQL' } },
      'seat 7A, by a WebSocket',
      {
        status: 'error',
        code: 'TEMPID_EXHAUSTED',
        message: 'The token has been used up.',
      },
    ]);
    log.mockRestore();
  });
});

describe('the example of a JWT', () => {
  it('the example of a JWT lets another service verify what it signed, and counts its uses here', async () => {
    const log = jest.spyOn(console, 'log').mockReturnValue();
    await import('../../sample/examples/jwt.js');
    expect(log.mock.calls.map(([line]) => line)).toEqual([
      'the other service lets seat 7A in, by the key 2026-01 (EdDSA)',
      'the other service refuses a token of another app: ERR_JWKS_NO_MATCHING_KEY',
      'this application counts its uses: 201, 401 TEMPID_EXHAUSTED',
    ]);
    log.mockRestore();
  });
});

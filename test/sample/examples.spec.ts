import { describe, expect, it, jest } from '@jest/globals';

describe('the example of a transaction', () => {
  it('loses no link to a change that failed, and changes nothing by a spent one', async () => {
    const log = jest.spyOn(console, 'log').mockReturnValue();
    await import('../../sample/examples/transaction.js');
    expect(log.mock.calls.map(([line]) => line)).toEqual([
      `refused (the mail server is down): the password is 'old', the link has 1 of 1 uses left`,
      `done: the password is 'new', the link has 0 of 1 uses left`,
      `refused (Every use of the token is spent.): the password is 'new', the link has 0 of 1 uses left`,
    ]);
    log.mockRestore();
  });
});

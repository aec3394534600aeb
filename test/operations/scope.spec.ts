import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { TempIDScopeError } from '../../src/index.js';
import { createService } from '../support/service.js';

afterEach(() => {
  jest.restoreAllMocks();
});

describe('the scope of a token', () => {
  it.each(['purpose', 'audience', 'subject'])(
    'verify refuses a token of another %s, and one without',
    async (name) => {
      await expectRefused({ [name]: 'a' }, { [name]: 'b' });
      await expectRefused({}, { [name]: 'b' });
    },
  );

  it.each(['purpose', 'audience'])(
    'verify refuses a token with a %s where none is named',
    async (name) => {
      await expectRefused({ [name]: 'a' }, {});
    },
  );

  it('verify accepts a token with a subject where none is named', async () => {
    const tempid = createService();
    const { value } = await tempid.mint({ subject: 'a' });
    expect(await tempid.verify(value)).not.toBeNull();
    expect(await tempid.verify(value, { subject: 'a' })).not.toBeNull();
  });

  it('verify refuses every token where the named subject is undefined', async () => {
    await expectRefused({ subject: 'a' }, { subject: undefined });
    await expectRefused({}, { subject: undefined });
  });

  it('verify reads options from an instance of a class', async () => {
    class Expected {
      get subject(): string {
        return 'b';
      }
    }
    await expectRefused({ subject: 'a' }, new Expected());
  });

  it('verify rejects for an option that does not exist', async () => {
    const tempid = createService();
    const { value } = await tempid.mint();
    const options: object = { subjct: 'a' };
    await expect(tempid.verify(value, options)).rejects.toThrow(`'subjct'`);
    await expect(tempid.use(value, options)).rejects.toThrow(`'subjct'`);
  });

  it('verify requires the audience of the module unless the call names another', async () => {
    await expectRefused({ audience: 'mobile' }, {}, { audience: 'web' });
    const tempid = createService({ audience: 'web' });
    const { value } = await tempid.mint({ audience: 'mobile' });
    expect(await tempid.verify(value, { audience: 'mobile' })).not.toBeNull();
  });

  it('verify requires the issuer of the module', async () => {
    const { value } = await createService({ issuer: 'one' }).mint();
    await expect(createService({ issuer: 'other' }).verifyOrThrow(value)).rejects.toThrow(
      TempIDScopeError,
    );
    const none = await createService().mint();
    await expect(createService({ issuer: 'one' }).verifyOrThrow(none.value)).rejects.toThrow(
      TempIDScopeError,
    );
    expect(await createService().verify(value)).not.toBeNull();
  });

  it('a bound token is refused once the value that it is bound to has changed', async () => {
    await expectRefused({ boundTo: 'old hash' }, { boundTo: 'new hash' });
    await expectRefused({ boundTo: 'old hash' }, {});
    await expectRefused({}, { boundTo: 'new hash' });
    await expectRefused({ boundTo: 'hash' }, { boundTo: undefined });
    await expectRefused({ boundTo: 'hash' }, { boundTo: () => null });
    await expectRefused({ boundTo: 'hash' }, { boundTo: async () => 'another' });
  });

  it('boundTo may be a function, which is called only for an authentic token that passed all else', async () => {
    const tempid = createService();
    const { value } = await tempid.mint({ boundTo: 'hash of 42', subject: '42' });
    const lookUp = jest.fn(async ({ subject }: { subject: string | null }) => `hash of ${subject}`);
    expect(await tempid.verify(value, { boundTo: lookUp })).not.toBeNull();
    expect(await tempid.verify(`${value.slice(0, -4)}AAAA`, { boundTo: lookUp })).toBeNull();
    expect(await tempid.verify(value, { boundTo: lookUp, purpose: 'other' })).toBeNull();
    expect(lookUp).toHaveBeenCalledTimes(1);
  });

  it('use checks the named scope of a TempID that the service has minted', async () => {
    const tempid = createService();
    const token = await tempid.mint({ purpose: 'a', subject: 's', boundTo: 'h', maxUses: 9 });
    expect(await tempid.use(token)).toBe(true);
    expect(await tempid.use(token, { purpose: 'a', subject: 's', boundTo: 'h' })).toBe(true);
    expect(await tempid.use(token, { purpose: 'b' })).toBe(false);
    expect(await tempid.use(token, { subject: 'other' })).toBe(false);
    expect(await tempid.use(token, { audience: 'web' })).toBe(false);
    expect(await tempid.use(token, { boundTo: 'other' })).toBe(false);
    expect((await tempid.usesInfo(token)).used).toBe(2);
  });
});

/** Mints and verifies with these options: the token is refused, and none of its uses is counted. */
async function expectRefused(
  minting: object,
  verifying: object,
  module: object = {},
): Promise<void> {
  const tempid = createService(module);
  const { value } = await tempid.mint({ ...minting, maxUses: 1 });
  await expect(tempid.verifyOrThrow(value, verifying)).rejects.toThrow(TempIDScopeError);
  expect(await tempid.use(value, verifying)).toBe(false);
  expect((await tempid.usesInfo(value)).used).toBe(0);
}

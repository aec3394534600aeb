import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { z } from 'zod';
import {
  type BoundToken,
  defineTempID,
  TempIDCodeError,
  TempIDConfigurationError,
  TempIDError,
  TempIDExpiredError,
  TempIDKind,
  TempIDLink,
  TempIDPayloadError,
  TempIDScopeError,
  UseTempID,
  UseTempIDCode,
} from '../../src/index.js';
import { MINUTE, NOW, setClock } from '../support/clock.js';
import { createService } from '../support/service.js';

const Reset = defineTempID<{ userId: number }>({
  purpose: 'reset',
  expiresIn: '15m',
  maxUses: 1,
  audience: 'web',
});
const Login = defineTempID({ purpose: 'login' });

afterEach(() => void jest.restoreAllMocks());

describe('defineTempID', () => {
  it('defineTempID makes a frozen kind with its options as properties', () => {
    expect(Reset).toBeInstanceOf(TempIDKind);
    expect(Object.isFrozen(Reset)).toBe(true);
    const { purpose, expiresIn, maxUses, audience } = Reset;
    expect({ purpose, expiresIn, maxUses, audience }).toEqual({
      purpose: 'reset',
      expiresIn: '15m',
      maxUses: 1,
      audience: 'web',
    });
  });

  it.each([
    [{}, `'purpose' must be a string that is not empty; got undefined.`],
    [{ purpose: '' }, `'purpose' must be a string that is not empty; got an empty one.`],
    [{ purpose: 'a', expiresIn: '15 m' }, /'expiresIn' must be a whole number/],
    [{ purpose: 'a', expiresIn: '0s' }, `'expiresIn' must be at least '1s'.`],
    [{ purpose: 'a', maxUses: 1.5 }, /'maxUses' must be a whole number/],
    [{ purpose: 'a', audience: '' }, /'audience' must be a string/],
    [{ purpose: 'a', scheme: 1 }, /defineTempID has no option 'scheme'/],
    [{ purpose: 'a', schema: undefined }, /was given 'schema', and it is undefined/],
    [{ purpose: 'a', schema: null }, /was given 'schema', and it is null/],
    [{ purpose: 'a', schema: {} }, /'schema' must be a Standard Schema.*got object/],
    [{ purpose: 'a', schema: { '~standard': { version: 2 } } }, /'schema' must be a Standard/],
    [{ purpose: 'a', schema: () => true }, /'schema' must be a Standard Schema.*got function/],
    [{ purpose: 'a', boundTo: undefined }, /was given 'boundTo', and it is undefined/],
    [{ purpose: 'a', boundTo: null }, /was given 'boundTo', and it is null/],
    [{ purpose: 'a', boundTo: 'browser' }, /'boundTo' of a kind must be.*got string/],
    [{ purpose: 'a', boundTo: class {} }, /'boundTo' of a kind must be.*got another class/],
  ])('defineTempID refuses %j', (options, message) => {
    const define = () => defineTempID(options as { purpose: string });
    expect(define).toThrow(message);
    expect(define).toThrow(TempIDConfigurationError);
  });
});

describe('a token of a kind', () => {
  it('mint makes a token with the options of the kind and those beside it', async () => {
    setClock(NOW);
    const token = await createService().mint(Reset, { userId: 42 }, { subject: 'ada' });
    expect(token).toMatchObject({
      purpose: 'reset',
      audience: 'web',
      maxUses: 1,
      subject: 'ada',
      payload: { userId: 42 },
    });
    expect(token.remaining()).toBe('15m 0s');
    expect(Object.isFrozen(token.payload)).toBe(true);
  });

  it('mint makes a token without a payload for a kind without one', async () => {
    const tempid = createService();
    const token = await tempid.mint(Login);
    expect(token.payload).toBeNull();
    expect((await tempid.verifyOrThrow(token.value, Login)).payload).toBeNull();
    expect((await tempid.mint(Login, null, { maxUses: 3 })).maxUses).toBe(3);
  });

  it('verify accepts a token by its kind, and by the purpose and audience of the kind', async () => {
    const tempid = createService();
    const { value } = await tempid.mint(Reset, { userId: 42 });
    expect(await tempid.verify(value, Reset)).toMatchObject({ payload: { userId: 42 } });
    expect(await tempid.verify(value, { purpose: 'reset', audience: 'web' })).not.toBeNull();
    expect(await tempid.verify(value, Login)).toBeNull();
    expect(await tempid.verify(value)).toBeNull();
    expect(await tempid.verify(value, Reset, { subject: 'ada' })).toBeNull();
    await expect(tempid.verifyOrThrow(value, Login)).rejects.toThrow(TempIDScopeError);
  });

  it('a token of a kind is refused once it has expired, and once it is used up', async () => {
    const tempid = createService();
    const token = await tempid.mint(Reset, { userId: 42 });
    expect((await tempid.useOrThrow(token.value, Reset)).payload.userId).toBe(42);
    expect(await tempid.use(token, Reset)).toBe(false);
    expect(await tempid.verify(token.value, Reset, { checkUses: true })).toBeNull();
    setClock(Date.now() + 15 * MINUTE);
    await expect(tempid.verifyOrThrow(token.value, Reset)).rejects.toThrow(TempIDExpiredError);
  });

  it.each([
    [{ expiresIn: '1h' }, /says 'expiresIn' for all its tokens/],
    [{ expiresAt: new Date(Date.now() + MINUTE) }, /says 'expiresIn' for all its tokens/],
    [{ maxUses: 2 }, /says 'maxUses' for all its tokens/],
    [{ purpose: 'login' }, /mint of the kind 'reset' has no option 'purpose'/],
    [{ audience: 'app' }, /mint of the kind 'reset' has no option 'audience'/],
    [{ payload: {} }, /mint of the kind 'reset' has no option 'payload'/],
    [{ boundTo: undefined }, /was given 'boundTo', and it is undefined/],
    [{ boundTo: null }, /was given 'boundTo', and it is null/],
  ])('mint of a kind rejects for %j', async (options, message) => {
    const minting = createService().mint(Reset, { userId: 42 }, options as object);
    await expect(minting).rejects.toThrow(message);
  });

  it.each([
    [{ purpose: 'reset' }, `The kind 'reset' says the purpose and the audience: leave them out.`],
    [{ audience: 'web' }, `The kind 'reset' says the purpose and the audience: leave them out.`],
    [{ maxUses: 1 }, /verify has no option 'maxUses'/],
  ])('verify by a kind rejects for %j', async (options, message) => {
    const verifying = createService().verify('', Reset, options as object);
    await expect(verifying).rejects.toThrow(message);
  });

  it('verify rejects for an object that only looks like a kind', async () => {
    const kind = { purpose: 'reset', audience: 'web' } as unknown as typeof Reset;
    await expect(createService().verify('', { kind })).rejects.toThrow(
      `'kind' must be made by defineTempID; got object.`,
    );
  });

  it('mint and verify reject for a kind of another copy of this package', async () => {
    const tempid = createService();
    const { value } = await tempid.mint({ purpose: 'other', payload: { any: 1 } });
    jest.resetModules();
    const copy = await import('../../src/index.js');
    const schema = z.object({ id: z.number() });
    const Foreign = copy.defineTempID({ purpose: 'other', schema }) as unknown as typeof Login;
    expect(Foreign).not.toBeInstanceOf(TempIDKind);
    for (const call of [
      tempid.mint(Foreign),
      tempid.mintCode(Foreign),
      tempid.verify(value, Foreign),
      tempid.use(value, Foreign),
      tempid.verifyCode(value, '', Foreign),
    ]) {
      await expect(call).rejects.toThrow(/has no option '~kind'/);
    }
    for (const decorate of [
      () => UseTempID(Foreign),
      () => UseTempIDCode(Foreign),
      () => TempIDLink('x', Foreign),
    ]) {
      expect(decorate).toThrow(/has no option '~kind'/);
    }
  });

  it.each([['web'], [undefined]])(
    'a token of one kind is refused by another kind of the same purpose, as a string and as a TempID (%s)',
    async (audience) => {
      const tempid = createService();
      const Other = defineTempID({
        purpose: 'reset',
        audience: audience === 'web' ? 'app' : 'web2',
        schema: z.object({ admin: z.boolean() }),
      });
      const token = await tempid.mint(Reset, { userId: 42 });
      await expect(tempid.useOrThrow(token, Other)).rejects.toThrow(TempIDScopeError);
      expect(await tempid.usesInfo(token)).toMatchObject({ used: 0 });
    },
  );

  it('use reads a TempID anew for another kind, and trusts it for its own', async () => {
    const tempid = createService();
    const validate = jest.fn((payload: { id: number }) => payload.id !== 13);
    const schema = z.object({ id: z.number() }).refine(validate);
    const A = defineTempID({ purpose: 'same', schema });
    const B = defineTempID({ purpose: 'same', schema: schema.transform(({ id }) => `no. ${id}`) });
    const token = await tempid.mint(A, { id: 12 });
    expect(validate).toHaveBeenCalledTimes(1);
    expect(await tempid.useOrThrow(token, A)).toBe(token);
    expect(validate).toHaveBeenCalledTimes(1);
    const asB = await tempid.useOrThrow(token, B);
    expect(asB.payload).toBe('no. 12');
    expect(token.payload).toEqual({ id: 12 });
    expect(validate).toHaveBeenCalledTimes(2);
    const plain = await tempid.mint({ purpose: 'same', payload: { id: 13 } });
    await expect(tempid.useOrThrow(plain, A)).rejects.toThrow(TempIDPayloadError);
    const ofAnother = await createService().mint(A, { id: 12 });
    expect((await tempid.useOrThrow(ofAnother, A)).payload).toEqual({ id: 12 });
  });

  it('verify by a kind resolves to null for any bad value', async () => {
    const tempid = createService();
    for (const value of [undefined, null, 42, {}, [], 'TEMP-V3.', Symbol('x')]) {
      expect(await tempid.verify(value as string, Reset)).toBeNull();
    }
  });
});

describe('a binding of a kind', () => {
  const hashes = new Map([[1, 'hash of ada']]);
  const boundTo = jest.fn(({ payload }: BoundToken<{ userId: number }>) =>
    hashes.get(payload.userId),
  );
  const Bound = defineTempID<{ userId: number }>({ purpose: 'bound', audience: 'web', boundTo });

  afterEach(() => void hashes.set(1, 'hash of ada'));

  it('boundTo of a kind is called when a token is minted, and when it is verified', async () => {
    const tempid = createService();
    const token = await tempid.mint(Bound, { userId: 1 }, { subject: 'ada' });
    expect(boundTo.mock.lastCall).toEqual([
      { payload: { userId: 1 }, subject: 'ada', purpose: 'bound', audience: 'web' },
      undefined,
    ]);
    expect(await tempid.verify(token.value, Bound)).not.toBeNull();
    expect(await tempid.use(token, Bound)).toBe(true);
    hashes.set(1, 'another');
    for (const attempt of [
      tempid.verifyOrThrow(token.value, Bound),
      tempid.useOrThrow(token.value, Bound),
      tempid.useOrThrow(token, Bound),
    ]) {
      await expect(attempt).rejects.toThrow(TempIDScopeError);
    }
    hashes.delete(1);
    expect(await tempid.verify(token.value, Bound)).toBeNull();
  });

  it('a bound kind refuses tokens by purpose alone, and tokens that were minted unbound', async () => {
    const tempid = createService();
    const token = await tempid.mint(Bound, { userId: 1 });
    const scope = { purpose: 'bound', audience: 'web' };
    expect(await tempid.verify(token.value, scope)).toBeNull();
    const unbound = await tempid.mint({ ...scope, payload: { userId: 1 } });
    expect(await tempid.verify(unbound.value, Bound)).toBeNull();
    expect(await tempid.use(unbound, Bound)).toBe(false);
  });

  it('boundTo of the call replaces that of the kind', async () => {
    const tempid = createService();
    const { value } = await tempid.mint(Bound, { userId: 2 }, { boundTo: 'known' });
    expect(await tempid.verify(value, Bound)).toBeNull();
    expect(await tempid.verify(value, Bound, { boundTo: 'known' })).not.toBeNull();
    expect(await tempid.verify(value, Bound, { boundTo: undefined })).toBeNull();
  });

  it('mint rejects where boundTo of the kind finds nothing', async () => {
    const tempid = createService();
    await expect(tempid.mint(Bound, { userId: 2 })).rejects.toThrow(
      new TempIDConfigurationError(
        `'boundTo' of the kind 'bound' found nothing that the token could be bound to, and no subject was ` +
          `given: give mint what it looks up by, or 'boundTo' itself.`,
      ),
    );
  });

  it('boundTo of a kind gets the output of the schema, and is not called for a payload that does not fit', async () => {
    const asked = jest.fn(({ payload }: BoundToken<{ at: Date }>) => payload.at.toISOString());
    const schema = z.object({ at: z.iso.datetime().transform((text) => new Date(text)) });
    const kind = defineTempID({ purpose: 'at', schema, boundTo: asked });
    const tempid = createService();
    const { value } = await tempid.mint(kind, { at: '2026-01-01T00:00:00.000Z' });
    expect(await tempid.verify(value, kind)).not.toBeNull();
    expect(asked).toHaveBeenCalledTimes(2);
    const other = await tempid.mint({ purpose: 'at', payload: { at: 1 }, boundTo: 'x' });
    await expect(tempid.verifyOrThrow(other.value, kind)).rejects.toThrow(TempIDPayloadError);
    expect(asked).toHaveBeenCalledTimes(2);
  });

  it('mint rejects where boundTo is a class and the kind is not registered', async () => {
    class Binding {
      resolve() {
        return 'x';
      }
    }
    const kind = defineTempID({ purpose: 'by-class', boundTo: Binding });
    const attempt = createService().mint(kind);
    await expect(attempt).rejects.toThrow(TempIDConfigurationError);
    await expect(attempt).rejects.toThrow(
      /bound to what Binding looks up: give the kind to TempIDModule\.forFeature in the module that has Binding/,
    );
  });
});

describe('a code of a kind', () => {
  const Code = defineTempID({
    purpose: 'code',
    expiresIn: '5m',
    schema: z.object({ next: z.string() }),
  });

  it('a code of a kind works once, and its challenge has the payload', async () => {
    const tempid = createService();
    const { code, challenge } = await tempid.mintCode(Code, { next: '/' }, { subject: 'ada' });
    expect(challenge.payload.next).toBe('/');
    await expect(tempid.verifyCodeOrThrow(challenge, 'wrong', Code)).rejects.toThrow(
      TempIDCodeError,
    );
    const token = await tempid.verifyCode(challenge.value, code, Code, { window: '1h' });
    expect(token?.payload.next).toBe('/');
    expect(await tempid.verifyCode(challenge.value, code, Code)).toBeNull();
  });

  it('verifyCode counts no attempt where the payload does not fit the kind', async () => {
    const tempid = createService();
    const { code, challenge } = await tempid.mintCode({ purpose: 'code', payload: { next: 1 } });
    const attempt = tempid.verifyCodeOrThrow(challenge, code, Code);
    await expect(attempt).rejects.toThrow(TempIDPayloadError);
    expect(await tempid.usesInfo(challenge)).toMatchObject({ used: 0 });
    await expect(tempid.mintCode(Code, { next: 1 as never })).rejects.toThrow(TempIDPayloadError);
  });

  it('mintCode and verifyCode reject for a kind with maxUses or boundTo', async () => {
    const tempid = createService();
    await expect(tempid.mintCode(Reset, { userId: 42 })).rejects.toThrow(/has 'maxUses'/);
    await expect(tempid.verifyCode('', '', Reset)).rejects.toThrow(/has 'maxUses'/);
    const Bound = defineTempID({ purpose: 'b', boundTo: () => 'x' });
    await expect(tempid.mintCode(Bound)).rejects.toThrow(/has 'boundTo'/);
  });
});

it('an error of a schema holds no value of the payload', async () => {
  const kind = defineTempID({
    purpose: 'private',
    schema: z.strictObject({ email: z.email(), role: z.literal('guest') }),
  });
  const tempid = createService();
  const payload = { email: 'secret at example', role: 'secret' };
  const { value } = await tempid.mint({ purpose: 'private', payload });
  for (const attempt of [tempid.mint(kind, payload as never), tempid.verifyOrThrow(value, kind)]) {
    const error: unknown = await attempt.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TempIDError);
    const { message, stack, cause } = error as Error;
    expect(message).toBe(
      `The payload does not fit the kind 'private': payload.email, payload.role.`,
    );
    expect(`${message}${stack}${String(cause)}${JSON.stringify(error)}`).not.toContain('secret');
  }
});

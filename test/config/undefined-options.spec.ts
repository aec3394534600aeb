import { Controller, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { describe, expect, it } from '@jest/globals';
import {
  defineTempID,
  fromQuery,
  TempIDConfigurationError,
  TempIDGuard,
  TempIDLink,
  TempIDModule,
  UseTempID,
  UseTempIDCode,
} from '../../src/index.js';
import { resolveSecrets } from '../../src/keys/secrets.js';
import { jwe, jws } from '../../src/jwt/index.js';
import { MongoTempIDStore } from '../../src/stores/mongodb/index.js';
import { resolveRedisOptions } from '../../src/stores/redis/options.js';
import { TypeOrmTempIDStore } from '../../src/stores/typeorm/index.js';
import { SECRET } from '../support/secrets.js';
import { createService } from '../support/service.js';

/** What one of two files that import each other gets for what the other exports. */
const missing = undefined as never;
const Invite = defineTempID<{ teamId: number }>({ purpose: 'invite', maxUses: 1 });
const Login = defineTempID({ purpose: 'login' });

/** The service as JavaScript calls it. */
type Untyped = Record<'mint' | 'verify' | 'use', (...args: unknown[]) => Promise<unknown>>;

function untyped(tempid = createService()): Untyped {
  return tempid as unknown as Untyped;
}

describe('options that are undefined, as of a circular import', () => {
  it.each<[string, () => unknown]>([
    ['the kind of @UseTempID', () => UseTempID(missing)],
    ['the kind of @UseTempID beside options', () => UseTempID(missing, { consume: true })],
    ['the options of @UseTempID beside a kind', () => UseTempID(Invite, missing)],
    ['the purpose of @UseTempID', () => UseTempID({ purpose: missing, consume: true })],
    ['the guard of @UseTempID', () => UseTempID({ purpose: 'reset', guard: missing })],
    ['the extractor of @UseTempID', () => UseTempID({ purpose: 'reset', extract: missing })],
    ['the consume of @UseTempID', () => UseTempID({ consume: missing })],
    ['the binding of @UseTempID', () => UseTempID({ boundTo: missing })],
    ['the subject of @UseTempID', () => UseTempID({ subject: missing })],
    ['the kind of @UseTempIDCode', () => UseTempIDCode(missing)],
    ['the kind of @UseTempIDCode beside options', () => UseTempIDCode(missing, { window: '1h' })],
    ['the options of @UseTempIDCode beside a kind', () => UseTempIDCode(Login, missing)],
    ['the guard of @UseTempIDCode', () => UseTempIDCode({ purpose: 'x', guard: missing })],
    ['the window of @UseTempIDCode', () => UseTempIDCode({ purpose: 'x', window: missing })],
    ['the path of @TempIDLink', () => TempIDLink(missing, { purpose: 'x' })],
    ['the kind of @TempIDLink', () => TempIDLink('l', missing)],
    ['the kind of @TempIDLink beside options', () => TempIDLink('l', missing, { grace: '9s' })],
    ['the options of @TempIDLink beside a kind', () => TempIDLink('l', Login, missing)],
    [
      'otherBrowsers of @TempIDLink',
      () => TempIDLink('l', { boundTo: 'browser', otherBrowsers: missing }),
    ],
    ['the purpose of a kind', () => defineTempID({ purpose: missing })],
    ['maxUses of a kind', () => defineTempID({ purpose: 'x', maxUses: missing })],
    ['the schema of a kind', () => defineTempID({ purpose: 'x', schema: missing })],
    ['the options of forRoot', () => TempIDModule.forRoot(missing)],
    ['the store of forRoot', () => TempIDModule.forRoot({ store: missing })],
    ['the issuer of forRoot', () => TempIDModule.forRoot({ issuer: missing })],
    [
      'the store of forRootAsync',
      () => TempIDModule.forRootAsync({ useFactory: () => ({}), store: missing }),
    ],
    ['the options of jws', () => jws(missing)],
    ['the keys of jws', () => jws({ keys: missing })],
    ['maxUses of jws', () => jws({ maxUses: missing })],
    ['the keys of jwe', () => jwe({ keys: missing })],
    ['the options of a store in SQL', () => TypeOrmTempIDStore.register(missing)],
    ['the connection of a store', () => TypeOrmTempIDStore.register({ dataSource: missing })],
    [
      'the replicas of a store',
      () => resolveRedisOptions({ url: 'redis://r', waitReplicas: missing }),
    ],
    ['the prefix of a store', () => resolveRedisOptions({ url: 'redis://r', keyPrefix: missing })],
    [
      'the collection of a store',
      () => MongoTempIDStore.register({ url: 'mongodb://m', collection: missing }),
    ],
    ['the options of link', () => createService().link('/login', 'token', missing)],
    ['the extractor of link', () => createService().link('/l', 'token', { extract: missing })],
  ])('throws TempIDConfigurationError where undefined is given as %s', (_, use) => {
    expect(use).toThrow(TempIDConfigurationError);
    expect(use).toThrow(/and it is undefined.*two files import each other/);
  });

  it.each<[string, (tempid: ReturnType<typeof createService>, text: string) => Promise<unknown>]>([
    ['the kind of mint', (tempid) => tempid.mint(missing)],
    ['the kind of mint with a payload', (tempid) => untyped(tempid).mint(missing, { teamId: 7 })],
    [
      'the kind of mint, and all else',
      (tempid) => untyped(tempid).mint(missing, {}, { subject: 'ann' }),
    ],
    ['the options beside a kind of mint', (tempid) => tempid.mint(Invite, { teamId: 7 }, missing)],
    ['the purpose of mint', (tempid) => tempid.mint({ purpose: missing })],
    ['maxUses of mint', (tempid) => tempid.mint({ purpose: 'x', maxUses: missing })],
    ['the binding of mint', (tempid) => tempid.mint({ purpose: 'x', boundTo: missing })],
    ['the subject of mint', (tempid) => tempid.mint({ purpose: 'x', subject: missing })],
    ['the life of mint', (tempid) => tempid.mint({ purpose: 'x', expiresIn: missing })],
    ['the subject of a kind of mint', (tempid) => tempid.mint(Login, null, { subject: missing })],
    ['the kind of mintCode', (tempid) => tempid.mintCode(missing, null, { subject: 'ann' })],
    ['maxAttempts of mintCode', (tempid) => tempid.mintCode({ maxAttempts: missing })],
    ['the kind of verify', (tempid, text) => tempid.verify(text, missing)],
    ['the kind of verify, and all else', (tempid, text) => tempid.verify(text, missing, {})],
    ['the options beside a kind of verify', (tempid, text) => tempid.verify(text, Login, missing)],
    ['the purpose of verify', (tempid, text) => tempid.verify(text, { purpose: missing })],
    ['checkUses of verify', (tempid, text) => tempid.verify(text, { checkUses: missing })],
    ['the option kind of verify', (tempid, text) => tempid.verify(text, { kind: missing })],
    ['the kind of verifyOrThrow', (tempid, text) => tempid.verifyOrThrow(text, missing)],
    ['the kind of use', (tempid, text) => tempid.use(text, missing, { boundTo: 'x' })],
    ['the kind of useOrThrow', (tempid, text) => tempid.useOrThrow(text, missing)],
    ['the kind of verifyCode', (tempid, text) => tempid.verifyCode(text, '1', missing)],
    [
      'the window of verifyCode',
      (tempid, text) => tempid.verifyCode(text, '1', { window: missing }),
    ],
    [
      'the kind of verifyCodeOrThrow',
      (tempid, text) => tempid.verifyCodeOrThrow(text, '1', missing),
    ],
    ['the options of revoke', (tempid, text) => tempid.revoke(text, missing)],
    [
      'the purpose of revokeSubject',
      (tempid) => tempid.revokeSubject({ subject: 'ann', purpose: missing }),
    ],
    ['the purpose of revokePurpose', (tempid) => tempid.revokePurpose(missing)],
    ['the options of revokePurpose', (tempid) => tempid.revokePurpose({ purpose: missing })],
  ])(
    'rejects with TempIDConfigurationError, and counts no use, where undefined is given as %s',
    async (_, use) => {
      const tempid = createService();
      const token = await tempid.mint({ maxUses: 1 });
      const using = use(tempid, token.value);
      await expect(using).rejects.toThrow(TempIDConfigurationError);
      await expect(using).rejects.toThrow(/and it is undefined.*two files import each other/);
      expect((await tempid.usesInfo(token)).used).toBe(0);
    },
  );

  it('@UseTempID throws where its guard is undefined, and does not use the default guard', () => {
    const decorate = () => {
      @Controller()
      class OfficeController {
        @Post('office')
        @UseTempID({ purpose: 'reset', guard: missing })
        enter(): string {
          return 'in';
        }
      }
      return OfficeController;
    };
    expect(decorate).toThrow(`@UseTempID was given 'guard', and it is undefined.`);
  });

  it('resolveSecrets throws where notAfter is undefined', () => {
    const secret = { secret: SECRET, notAfter: missing };
    expect(() => resolveSecrets(secret)).toThrow(
      `'notAfter' of a secret must be a valid Date, or be left out.`,
    );
  });

  it('mint makes a token without a payload where the payload is undefined', async () => {
    const tempid = createService();
    expect((await tempid.mint({ payload: undefined as never })).payload).toBeNull();
    expect((await tempid.mint(Login, undefined, { subject: 'ann' })).payload).toBeNull();
  });
});

describe('options that are null', () => {
  const none = null as never;

  it.each<[string, () => unknown]>([
    ['the purpose of @UseTempID', () => UseTempID({ purpose: none })],
    ['the audience of @UseTempID', () => UseTempID({ audience: none })],
    ['checkUses of @UseTempID', () => UseTempID({ checkUses: none })],
    ['the purpose of @UseTempIDCode', () => UseTempIDCode({ purpose: none })],
    ['the purpose of @TempIDLink', () => TempIDLink('l', { purpose: none })],
    ['the path of @TempIDLink', () => TempIDLink(none, { purpose: 'x' })],
    ['the store of forRoot', () => TempIDModule.forRoot({ store: none })],
    [
      'the store of forRootAsync',
      () => TempIDModule.forRootAsync({ useFactory: () => ({}), store: none }),
    ],
    ['the keys of jws', () => jws({ keys: none })],
    ['the type of jws', () => jws({ typ: none })],
  ])('throws where null is given as %s', (_, use) => {
    expect(use).toThrow(/and it is null\. Leave it out if there is none to give\.$/);
  });

  it.each<[string, (tempid: ReturnType<typeof createService>, text: string) => Promise<unknown>]>([
    ['the purpose of verify', (tempid, text) => tempid.verify(text, { purpose: none })],
    ['the audience of verify', (tempid, text) => tempid.verify(text, { audience: none })],
    ['checkUses of verify', (tempid, text) => tempid.verify(text, { checkUses: none })],
    ['the options of verify', (tempid, text) => tempid.verify(text, none)],
    ['the purpose of use', (tempid, text) => tempid.use(text, { purpose: none })],
    [
      'the purpose of verifyCode',
      (tempid, text) => tempid.verifyCode(text, '1', { purpose: none }),
    ],
    ['the options of revoke', (tempid, text) => tempid.revoke(text, none)],
  ])('rejects, and counts no use, where null is given as %s', async (_, use) => {
    const tempid = createService();
    const token = await tempid.mint({ maxUses: 1 });
    await expect(use(tempid, token.value)).rejects.toThrow(/and it is null\. Leave it out/);
    expect((await tempid.usesInfo(token)).used).toBe(0);
  });

  it('verify and use refuse every token where the subject is null, also a token without one', async () => {
    const tempid = createService();
    const { value } = await tempid.mint({ maxUses: 1 });
    expect(await tempid.verify(value, { subject: none })).toBeNull();
    expect(await tempid.verify(value, Object.create({ subject: none }))).toBeNull();
    expect(await tempid.use(value, { subject: none })).toBe(false);
    expect(await tempid.verify(value)).not.toBeNull();
  });

  it('mint makes a token without a payload where the payload is null', async () => {
    expect((await createService().mint({ payload: null as never })).payload).toBeNull();
  });
});

describe('options that do not exist', () => {
  it.each<[string, unknown]>([
    ['Array', []],
    ['Map', new Map([['maxUses', 1]])],
    ['Promise', Promise.resolve({ maxUses: 1 })],
    ['Date', new Date()],
    ['Function', () => ({ maxUses: 1 })],
  ])('throws where options are of the type %s', async (type, options) => {
    const tempid = untyped();
    const message = `takes an object of options; got ${type}.`;
    await expect(tempid.mint(options)).rejects.toThrow(message);
    await expect(tempid.mint(Login, null, options)).rejects.toThrow(message);
    await expect(tempid.verify('x', options)).rejects.toThrow(message);
    await expect(tempid.use('x', Login, options)).rejects.toThrow(message);
    expect(() => UseTempID(options as never)).toThrow(message);
    expect(() => TempIDModule.forRoot(options as never)).toThrow(message);
    expect(() => TempIDModule.forRootAsync(options as never)).toThrow(message);
    expect(() => jws(options as never)).toThrow(message);
  });

  it('forRootAsync throws for an unknown option, and lists the options that exist', () => {
    const misspelt = { useFactory: () => ({}), sotre: undefined } as never;
    expect(() => TempIDModule.forRootAsync(misspelt)).toThrow(
      `TempIDModule.forRootAsync has no option 'sotre'. The options are imports, inject, useFactory`,
    );
  });

  it('revoke throws where a second token is given in place of options', async () => {
    const tempid = createService();
    const [one, other] = [await tempid.mint(), await tempid.mint()];
    await expect(tempid.revoke(one, other as object)).rejects.toThrow('revoke is for one token');
    expect(await tempid.use(one)).toBe(true);
  });

  it('revoke ignores the index that Array.map gives as second argument', async () => {
    const tempid = createService();
    const tokens = [await tempid.mint(), await tempid.mint()];
    // oxlint-disable-next-line typescript/unbound-method
    await Promise.all(tokens.map(tempid.revoke as () => Promise<void>, tempid));
    expect(await tempid.use(tokens[1] ?? '')).toBe(false);
  });

  it.each<[string, keyof Untyped, unknown[]]>([
    ['a payload beside options', 'mint', [{ purpose: 'x' }, { n: 1 }]],
    ['options beside options', 'verify', ['x', {}, { subject: 'a' }]],
    ['options beside options', 'use', ['x', {}, { subject: 'a' }]],
    ['a second kind', 'verify', ['x', Login, { kind: Invite }]],
    ['a text in place of options', 'verify', ['x', 'invite']],
    ['null in place of options', 'use', ['x', null]],
    ['null in place of options beside a kind', 'use', ['x', Login, null]],
    ['a number in place of options', 'mint', [15]],
  ])('rejects with TempIDConfigurationError for %s of %s', async (_, call, args) => {
    await expect(untyped()[call](...args)).rejects.toThrow(TempIDConfigurationError);
  });

  it.each<[string, () => unknown]>([
    ['an extractor among others that is undefined', () => UseTempID({ extract: [missing] })],
    ['no extractor at all', () => UseTempID({ extract: [] })],
    ['an extractor of a code', () => UseTempIDCode({ code: [fromQuery('c'), missing] })],
    ['a guard that is none of ours', () => UseTempID({ guard: Invite.constructor as never })],
    ['a guard of tokens for a code', () => UseTempIDCode({ guard: TempIDGuard })],
    ['a guard of a link that is null', () => TempIDLink('l', { guard: null as never })],
  ])('a decorator throws TempIDConfigurationError for %s', (_, decorate) => {
    expect(decorate).toThrow(TempIDConfigurationError);
  });

  it('@UseTempID throws where options stand beside options', () => {
    const decorate = UseTempID as (...args: unknown[]) => unknown;
    expect(() => decorate({ purpose: 'x' }, { consume: true })).toThrow(
      '@UseTempID takes more than one object of options only after a kind',
    );
  });
});

describe('options that change during a call', () => {
  it('mint uses the options as they were when it was called', async () => {
    const tempid = createService({ accept: ['v3', 'v2'] });
    const first = await tempid.mint({ purpose: 'reset', subject: 'ann' });
    const options = { purpose: 'reset', subject: 'ann', replace: true, format: 'v3' };
    const minting = tempid.mint(options as never);
    Object.assign(options, { replace: false, format: 'v2' });
    expect((await minting).value).toMatch(/^TEMP-V3/);
    expect(await tempid.use(first)).toBe(false);
  });

  it('mintCode uses the options as they were when it was called', async () => {
    const tempid = createService();
    const first = await tempid.mintCode({ purpose: 'login', subject: 'ann' });
    const options = { purpose: 'login', subject: 'ann', replace: true };
    const minting = tempid.mintCode(options);
    options.replace = false;
    await minting;
    expect(await tempid.verifyCode(first.challenge, first.code, { purpose: 'login' })).toBeNull();
  });
});

describe('options that an object inherits', () => {
  const reset = { purpose: 'reset', maxUses: 1, boundTo: 'hash' };

  class ResetOptions {
    purpose = 'reset';
    get boundTo(): string {
      return 'hash';
    }
    get maxUses(): number {
      return 1;
    }
  }

  it.each<[string, object]>([
    ['of a prototype', Object.assign(Object.create(reset), { subject: 'ann' })],
    ['by getters of a class', new ResetOptions()],
  ])('mint reads inherited options: %s', async (_, options) => {
    const tempid = createService();
    const { value } = await tempid.mint(options);
    expect(await tempid.verify(value, { purpose: 'reset' })).toBeNull();
    expect(await tempid.verify(value, { purpose: 'reset', boundTo: 'hash' })).not.toBeNull();
    expect((await tempid.usesInfo(value)).total).toBe(1);
  });

  it('verify and use read inherited options beside a kind', async () => {
    const tempid = createService();
    const { value } = await tempid.mint(Login, null, { subject: 'ann' });
    const forBob: object = Object.create({ subject: 'bob' });
    expect(await tempid.verify(value, Login, forBob)).toBeNull();
    expect(await tempid.use(value, Login, forBob)).toBe(false);
    expect(await tempid.verify(value, Login, Object.create({ subject: 'ann' }))).not.toBeNull();
  });

  it('mint and mintCode read inherited options beside a kind', async () => {
    const tempid = createService();
    const forAnn: object = Object.create({ subject: 'ann', expiresIn: '1m' });
    expect((await tempid.mint(Login, null, forAnn)).subject).toBe('ann');
    expect((await tempid.mintCode(Login, null, forAnn)).challenge.subject).toBe('ann');
  });

  it('mint and @UseTempID refuse an inherited option that does not exist', async () => {
    const misspelt: object = Object.create({ subjct: 'ann' });
    await expect(createService().mint(misspelt)).rejects.toThrow(`no option 'subjct'`);
    expect(() => UseTempID(misspelt)).toThrow(`no option 'subjct'`);
  });

  it('a route, the module and revokeSubject read inherited options', async () => {
    const invites: object = Object.create({ purpose: 'invite', subject: 'ann' });
    await expect(createService().revokeSubject(invites as never)).resolves.toBeUndefined();
    const options: object = Object.create({ secret: SECRET, issuer: 'auth', expiresIn: '1m' });

    @Controller()
    class JoinController {
      @Post('join')
      @UseTempID(Object.create({ purpose: 'invite', extract: fromQuery('t'), consume: true }))
      join(): string {
        return 'joined';
      }
    }

    @Module({ imports: [TempIDModule.forRoot(options)], controllers: [JoinController] })
    class AppModule {}

    const app = await NestFactory.create(AppModule, { logger: false });
    try {
      await app.listen(0, '127.0.0.1');
      const { TempIDService } = await import('../../src/index.js');
      const token = await app.get(TempIDService).mint({ purpose: 'invite', maxUses: 1 });
      expect(token.issuer).toBe('auth');
      const url = await app.getUrl();
      const statuses: number[] = [];
      for (const query of [`token=${token}`, `t=${token}`, `t=${token}`]) {
        statuses.push((await fetch(`${url}/join?${query}`, { method: 'POST' })).status);
      }
      expect(statuses).toEqual([401, 201, 401]);
    } finally {
      await app.close();
    }
  });
});

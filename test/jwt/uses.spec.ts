import { Body, Controller, Post } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import {
  CurrentTempID,
  defineTempID,
  MemoryTempIDStore,
  type PayloadOf,
  type TempID,
  type TempIDService,
  TokenPayload,
  UseTempID,
} from '../../src/index.js';
import { jwe, jws } from '../../src/jwt/index.js';
import { TypeOrmTempIDStore } from '../../src/stores/typeorm/index.js';
import { concurrently } from '../../src/testing/support.js';
import type { OpenedStore } from '../../src/testing/index.js';
import { type Connect, describeDatabases } from '../support/databases.js';
import { json, PLATFORMS, type RunningApp, startApp } from '../support/http.js';
import { ED, HMAC_SECRET, serviceOf, signByHand } from '../support/jwt.js';
import { openStore } from '../support/open-store.js';

const FORMATS = [
  ['HS256', () => jws()],
  ['EdDSA', () => jws({ keys: [{ kid: 'k1', privateKey: ED.privateKey }] })],
  ['jwe', () => jwe()],
] as const;

function usesOf(service: () => TempIDService): void {
  it('a JWT works five times in 50 concurrent uses', async () => {
    const { value } = await service().mint({ maxUses: 5 });
    const answers = await concurrently(50, () => service().use(value));
    expect(answers.filter(Boolean)).toHaveLength(5);
    expect(await service().usesInfo(value)).toEqual({ total: 5, used: 5, left: 0 });
    expect(await service().verify(value)).not.toBeNull();
    await expect(service().useOrThrow(value)).rejects.toMatchObject({ code: 'TEMPID_EXHAUSTED' });
    await expect(service().verifyOrThrow(value, { checkUses: true })).rejects.toMatchObject({
      code: 'TEMPID_EXHAUSTED',
    });
  });

  it('a JWT works once more after a refund', async () => {
    const { value } = await service().mint({ maxUses: 1 });
    expect([await service().use(value), await service().use(value)]).toEqual([true, false]);
    await service().refund(value);
    expect([await service().use(value), await service().use(value)]).toEqual([true, false]);
  });

  it('a JWT stops working when it is revoked, also without a limit', async () => {
    for (const maxUses of [0, 3]) {
      const { value } = await service().mint({ maxUses });
      expect(await service().use(value)).toBe(true);
      await service().revoke(value);
      await expect(service().useOrThrow(value)).rejects.toMatchObject({ code: 'TEMPID_REVOKED' });
    }
  });

  it('a JWT stops working with all of its subject, and when another one replaces it', async () => {
    const subject = `${Math.random()}`;
    const mint = (replace: boolean) =>
      service().mint({ purpose: 'reset', subject, maxUses: 3, replace });
    const stands = ({ value }: TempID<unknown>) => service().use(value, { purpose: 'reset' });
    const [first, second] = [await mint(false), await mint(true)];
    expect([await stands(first), await stands(second)]).toEqual([false, true]);
    await service().revokeSubject({ subject });
    const third = await mint(false);
    expect([await stands(second), await stands(third)]).toEqual([false, true]);
    await service().revokePurpose('reset');
    expect(await stands(third)).toBe(false);
  });
}

describe.each(FORMATS)('Tokens of %s, counted in memory', (_, formatOf) => {
  const tempid = serviceOf(formatOf(), {}, new MemoryTempIDStore());
  usesOf(() => tempid);
});

describe('A token of others without a jti', () => {
  const options = { revocation: 'always' } as const;
  const tempid = serviceOf(jws({ keys: [{ kid: 'k1', secret: HMAC_SECRET }] }), options);
  const now = Math.floor(Date.now() / 1_000);
  const claims = { sub: 'user-7', iat: now - 1, exp: now + 60 };
  const value = signByHand({ alg: 'HS256', kid: 'k1' }, claims);

  it('a JWT of others without a jti stops working with all of its subject, where every verification asks the store', async () => {
    expect(await tempid.verify(value)).not.toBeNull();
    await expect(tempid.revoke(value)).rejects.toMatchObject({ code: 'TEMPID_SCOPE' });
    await tempid.revokeSubject({ subject: 'user-7' });
    expect(await tempid.verify(value)).toBeNull();
  });
});

describeDatabases('Tokens of EdDSA', (connect: Connect) => {
  let opened: OpenedStore;
  let tempid: TempIDService;

  beforeAll(async () => {
    opened = await openStore(
      TypeOrmTempIDStore.register({ revocations: true }),
      await connect('jwt'),
    );
    tempid = serviceOf(FORMATS[1][1](), { storeTimeout: '30s' }, opened.store);
  });

  afterAll(() => opened.close?.());

  usesOf(() => tempid);
});

const Invite = defineTempID({
  purpose: 'invite',
  maxUses: 5,
  schema: z.object({ team: z.string() }),
});

@Controller()
class JoinController {
  @Post('join')
  @UseTempID(Invite, { consume: true })
  join(
    @TokenPayload() { team }: PayloadOf<typeof Invite>,
    @CurrentTempID() token: TempID,
    @Body('name') name: string,
  ): string {
    return `${name} joins ${team} by ${token.id.length}`;
  }
}

describe.each(PLATFORMS)('The guard on %s', (platform) => {
  let running: RunningApp;
  const join = (token: string) => running.send('/join', json({ token, name: 'Ada' }));

  beforeAll(async () => {
    running = await startApp(platform, [JoinController], {
      formats: [jws({ keys: [{ kid: 'k1', privateKey: ED.privateKey }] }), jwe()],
      format: 'jws',
      accept: ['jws', 'jwe', 'v3'],
    });
  });

  afterAll(() => running.app.close());

  it.each(['jws', 'jwe', 'v3'] as const)(
    'the guard lets a token of a kind in five times of 50, of %s',
    async (format) => {
      const { value } = await running.tempid.mint(Invite, { team: 'red' }, { format });
      const answers = await concurrently(50, () => join(value));
      expect(answers.filter(({ status }) => status === 201)).toHaveLength(5);
      expect(answers.find(({ status }) => status === 201)?.body).toBe('Ada joins red by 32');
      expect(answers.find(({ status }) => status === 401)?.body).toMatchObject({
        code: 'TEMPID_EXHAUSTED',
      });
    },
  );

  it('the guard answers a forged JWT as garbage, and tells another purpose and a wrong payload apart', async () => {
    const { value } = await running.tempid.mint(Invite, { team: 'red' });
    const { value: other } = await running.tempid.mint({ purpose: 'other' });
    const { value: wrong } = await running.tempid.mint({ purpose: 'invite', payload: { team: 7 } });
    const codes = [];
    for (const token of [`${value.slice(0, -4)}AAAA`, 'eyJ.a.b', other, wrong]) {
      codes.push(((await join(token)).body as { code: string }).code);
    }
    expect(codes).toEqual(['TEMPID_FORMAT', 'TEMPID_FORMAT', 'TEMPID_SCOPE', 'TEMPID_PAYLOAD']);
  });

  it('the guard lets a code be answered beside JWTs', async () => {
    const { code, challenge } = await running.tempid.mintCode({ purpose: 'login' });
    expect(challenge.value).toMatch(/^TEMP-V3\./);
    const options = { purpose: 'login' };
    expect(await running.tempid.verifyCode(challenge, code, options)).not.toBeNull();
  });
});

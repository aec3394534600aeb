import { Controller, Get, Post } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { defineTempID, TempIDLink, UseTempID, UseTempIDCode } from '../../../src/index.js';
import { json, PLATFORMS, type RunningApp, startApp } from '../../support/http.js';

const Reset = defineTempID({ purpose: 'reset', maxUses: 2 });
const Login = defineTempID({ purpose: 'login' });
const ADA = { subject: 'ada' };

@Controller()
class AccountController {
  @Post('use')
  @UseTempID(Reset, { consume: true })
  use(): string {
    return 'used';
  }

  @Post('on-success')
  @UseTempID(Reset, { consume: 'on-success' })
  onSuccess(): string {
    return 'used';
  }

  @Get('check')
  @UseTempID(Reset, { checkUses: true })
  check(): string {
    return 'seen';
  }

  @Get('look')
  @UseTempID(Reset)
  look(): string {
    return 'seen';
  }

  @Post('code')
  @UseTempIDCode(Login)
  code(): string {
    return 'in';
  }

  @TempIDLink('open', Reset)
  open(): string {
    return 'opened';
  }
}

const REVOKED = { status: 401, body: { code: 'TEMPID_REVOKED' } };

describe.each(PLATFORMS)('routes on %s after a subject was revoked', (platform) => {
  let app: RunningApp;

  beforeAll(async () => {
    app = await startApp(platform, [AccountController]);
  });

  afterAll(() => app.app.close());

  it.each([
    ['POST', 'use'],
    ['POST', 'on-success'],
    ['GET', 'check'],
    ['GET', 'open'],
  ])(
    'a route refuses the tokens of a revoked subject with TEMPID_REVOKED, and accepts one that is minted afterwards: %s /%s',
    async (method, path) => {
      const old = await app.tempid.mint(Reset, null, ADA);
      await app.tempid.revokeSubject({ purpose: Reset, ...ADA });
      const token = await app.tempid.mint(Reset, null, ADA);
      expect(await app.send(`/${path}?token=${old}`, { method })).toMatchObject(REVOKED);
      expect((await app.send(`/${path}?token=${token}`, { method })).status).toBeLessThan(300);
      expect(await app.tempid.usesInfo(old)).toMatchObject({ left: 0 });
    },
  );

  it('a code of a challenge of a revoked subject is refused, the right one too', async () => {
    const { code, challenge } = await app.tempid.mintCode(Login, null, ADA);
    await app.tempid.revokeSubject(ADA);
    const answer = await app.send('/code', json({ code, challenge: challenge.value }));
    expect(answer).toMatchObject(REVOKED);
  });

  it('a route that only verifies accepts the tokens of a revoked subject', async () => {
    const token = await app.tempid.mint(Reset, null, ADA);
    await app.tempid.revokeSubject(ADA);
    expect((await app.send(`/look?token=${token}`)).status).toBe(200);
  });
});

describe(`routes of a module with revocation: 'always'`, () => {
  let app: RunningApp;

  beforeAll(async () => {
    app = await startApp('Express', [AccountController], { revocation: 'always' });
  });

  afterAll(() => app.app.close());

  it("with revocation 'always' a route that only verifies refuses the tokens of a revoked subject", async () => {
    const [one, other] = [
      await app.tempid.mint(Reset, null, ADA),
      await app.tempid.mint(Reset, null, { subject: 'charles' }),
    ];
    await app.tempid.revokeSubject(ADA);
    expect(await app.send(`/look?token=${one}`)).toMatchObject(REVOKED);
    expect((await app.send(`/look?token=${other}`)).status).toBe(200);
    await app.tempid.revoke(other);
    expect(await app.send(`/look?token=${other}`)).toMatchObject(REVOKED);
  });
});

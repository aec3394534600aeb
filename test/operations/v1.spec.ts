import { readFileSync } from 'node:fs';
import { Controller, Logger, Post } from '@nestjs/common';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  MemoryTempIDStore,
  type MintOptions,
  type TempIDModuleOptions,
  type TempIDService,
  UseTempID,
  type VerifyOptions,
} from '../../src/index.js';
import { json, PLATFORMS, startApp } from '../support/http.js';
import { createService } from '../support/service.js';
import { SECRET } from '../support/secrets.js';

const { cases }: { cases: { name: string; secret: string; token: string }[] } = JSON.parse(
  readFileSync(new URL('../vectors/tempid-v1.json', import.meta.url), 'utf8'),
);
const { secret, token } = cases.find(({ name }) => name === 'valid 5') ?? { secret: '', token: '' };
const EXPIRY = 2_549_360_478_000;
const ACCEPTING = { secret, accept: ['v3', 'v1'] } satisfies TempIDModuleOptions;

const code = (expected: string) => expect.objectContaining({ code: expected });

afterEach(() => {
  jest.restoreAllMocks();
});

describe('a v1 token', () => {
  it("verify accepts a v1 token where v1 is in 'accept', and refuses it with TEMPID_FORMAT elsewhere", async () => {
    const verified = await createService(ACCEPTING).verifyOrThrow(token);
    expect(verified).toMatchObject({
      value: token,
      expiresAt: new Date(EXPIRY),
      issuedAt: null,
      maxUses: 0,
      payload: null,
      purpose: null,
    });
    for (const accept of [undefined, ['v3'], ['v2', 'v3']] as const) {
      const refusing = createService({ secret, accept });
      await expect(refusing.verifyOrThrow(token)).rejects.toEqual(code('TEMPID_FORMAT'));
    }
  });

  it('a v1 token of an old secret verifies until that secret is taken out', async () => {
    const rotated = createService({ ...ACCEPTING, secret: [SECRET, secret] });
    await expect(rotated.verify(token)).resolves.not.toBeNull();
    const done = createService({ ...ACCEPTING, secret: SECRET });
    await expect(done.verifyOrThrow(token)).rejects.toEqual(code('TEMPID_TAMPERED'));
  });

  it('a v1 token is refused with TEMPID_EXPIRED from its expiry on', async () => {
    const tempid = createService(ACCEPTING);
    jest.spyOn(Date, 'now').mockReturnValue(EXPIRY - 1);
    await expect(tempid.verify(token)).resolves.not.toBeNull();
    jest.spyOn(Date, 'now').mockReturnValue(EXPIRY);
    await expect(tempid.verifyOrThrow(token)).rejects.toEqual(code('TEMPID_EXPIRED'));
  });

  it.each<VerifyOptions>([
    { purpose: 'reset' },
    { audience: 'app' },
    { subject: 'user-42' },
    { subject: undefined },
    { boundTo: 'hash' },
    { checkUses: true },
  ])('verify of a v1 token with %j is refused with TEMPID_SCOPE', async (options) => {
    const tempid = createService(ACCEPTING);
    await expect(tempid.verify(token, options)).resolves.toBeNull();
    await expect(tempid.verifyOrThrow(token, options)).rejects.toEqual(code('TEMPID_SCOPE'));
  });

  it.each([{ issuer: 'auth' }, { audience: 'app' }])(
    'a v1 token is refused with TEMPID_SCOPE by a module with %j',
    async (options) => {
      const tempid = createService({ ...ACCEPTING, ...options });
      await expect(tempid.verifyOrThrow(token)).rejects.toEqual(code('TEMPID_SCOPE'));
    },
  );

  it('use, usesInfo, refund and revoke refuse a v1 token with TEMPID_SCOPE and ask no store', async () => {
    const store = new MemoryTempIDStore();
    const asked = (['consume', 'used', 'refund', 'revoke'] as const).map((name) =>
      jest.spyOn(store, name),
    );
    const tempid = createService(ACCEPTING, store);
    for (const given of [token, await tempid.verifyOrThrow(token), await tempid.parse(token)]) {
      await expect(tempid.use(given)).resolves.toBe(false);
      for (const method of ['useOrThrow', 'usesInfo', 'refund', 'revoke'] as const) {
        await expect(tempid[method](given)).rejects.toEqual(code('TEMPID_SCOPE'));
      }
    }
    for (const method of asked) expect(method).not.toHaveBeenCalled();
  });

  it('verifyCode refuses a v1 token as challenge with TEMPID_SCOPE', async () => {
    const tempid = createService(ACCEPTING);
    await expect(tempid.verifyCodeOrThrow(token, '123456')).rejects.toEqual(code('TEMPID_SCOPE'));
  });

  it("mint and the module's option 'format' refuse v1", async () => {
    const tempid = createService(ACCEPTING);
    const options: MintOptions = { format: 'v1' as 'v3' };
    await expect(tempid.mint(options)).rejects.toThrow(
      `'format' names v1, which is only read, where 'accept' names it; the formats that are minted are v3, short, v2.`,
    );
    expect(() => createService({ secret, format: 'v1' as 'v3' })).toThrow('only read');
  });
});

@Controller()
class Routes {
  @Post('verify')
  @UseTempID()
  verify(): object {
    return { ok: true };
  }

  @Post('purpose')
  @UseTempID({ purpose: 'reset' })
  purpose(): object {
    return { ok: true };
  }

  @Post('use')
  @UseTempID(true)
  use(): object {
    return { ok: true };
  }

  @Post('on-success')
  @UseTempID({ consume: 'on-success' })
  onSuccess(): object {
    return { ok: true };
  }

  @Post('ask')
  @UseTempID({ checkUses: true })
  ask(): object {
    return { ok: true };
  }
}

describe.each(PLATFORMS)('a v1 token on %s', (platform) => {
  it('a v1 token passes a route without purpose and use, and is refused with TEMPID_SCOPE by all others', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    const running = await startApp(platform, [Routes], ACCEPTING);
    try {
      expect(warn.mock.calls.flat()).toEqual([expect.stringContaining('32 bits')]);
      const answers = [];
      for (const path of ['verify', 'purpose', 'use', 'on-success', 'ask']) {
        const { status, body } = await running.send(`/${path}`, json({ token }));
        answers.push([path, status, (body as { code?: string }).code]);
      }
      expect(answers).toEqual([
        ['verify', 201, undefined],
        ['purpose', 401, 'TEMPID_SCOPE'],
        ['use', 401, 'TEMPID_SCOPE'],
        ['on-success', 401, 'TEMPID_SCOPE'],
        ['ask', 401, 'TEMPID_SCOPE'],
      ]);
      const forged = `${token.slice(0, -1)}${token.endsWith('0') ? '1' : '0'}`;
      const garbage = await running.send('/verify', json({ token: 'garbage' }));
      await expect(running.send('/verify', json({ token: forged }))).resolves.toMatchObject({
        status: 401,
        body: garbage.body,
      });
    } finally {
      await running.app.close();
    }
  });

  it('a module that does not accept v1 does not warn of it at the start', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    const running = await startApp(platform, [Routes], { secret });
    await running.app.close();
    expect(warn).not.toHaveBeenCalled();
  });
});

describe('a service that accepts v1', () => {
  it('a service that accepts v1 mints v3 and counts its uses', async () => {
    const tempid: TempIDService = createService({ ...ACCEPTING, accept: ['v1', 'v3'] });
    const { value } = await tempid.mint({ maxUses: 1, purpose: 'reset' });
    expect(value).toMatch(/^TEMP-V3\./);
    await expect(tempid.use(value, { purpose: 'reset' })).resolves.toBe(true);
    await expect(tempid.use(value, { purpose: 'reset' })).resolves.toBe(false);
  });
});

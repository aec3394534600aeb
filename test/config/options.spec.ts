import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { readOptions } from '../../src/common/options.js';
import { DEFAULT_EXTRACTORS, fromHeader } from '../../src/requests/extractors.js';
import { MINT_RULES, toClaims } from '../../src/operations/mint-options.js';
import { resolveOptions, type TempIDModuleOptions } from '../../src/config/options.js';

const NOW = Date.UTC(2026, 0, 1) + 500;
const NOW_SECONDS = Math.floor(NOW / 1_000);
const SECRET = 's'.repeat(32);
const LONE = '\ud800';

const configurationError = (message: string) =>
  expect.objectContaining({
    code: 'TEMPID_CONFIGURATION',
    message: expect.stringContaining(message),
  });

function moduleOptions(name: string, value: unknown): TempIDModuleOptions {
  const options: TempIDModuleOptions = {};
  return Object.assign(options, { [name]: value });
}

function mint(options: Record<string, unknown> = {}, defaults: TempIDModuleOptions = {}) {
  return toClaims(readOptions(options, MINT_RULES, 'mint'), resolveOptions(defaults), NOW);
}

describe('resolveOptions', () => {
  it('resolveOptions has a default for every option', () => {
    expect(resolveOptions({})).toEqual({
      format: 'v3',
      accept: ['v3'],
      formats: [],
      issuer: null,
      audience: null,
      leeway: 0,
      expiresIn: 600,
      maxPayloadBytes: 1_024,
      extract: DEFAULT_EXTRACTORS,
      purgeInterval: 600,
      storeTimeout: 2,
      revocation: 'on-use',
      revocationCacheTtl: 0,
      maxLifetime: 366 * 86_400,
      keepIssued: 30 * 86_400,
      linkPage: {},
    });
  });

  it.each([
    ['one of the name of ours', [{ name: 'v3', createCodec: () => null }]],
    ['a format without a codec', [{ name: 'jws' }]],
    ['no list', { name: 'jws', createCodec: () => null }],
  ])('resolveOptions refuses formats that are none of nestjs-tempid/jwt: %s', (_, formats) => {
    expect(() => resolveOptions({ formats } as object)).toThrow(
      `'formats' must be a list of what jws() and jwe() of nestjs-tempid/jwt return.`,
    );
  });

  it('resolveOptions refuses two formats of one name, and a format that was named and not given', () => {
    const format = { name: 'jws', createCodec: () => null };
    expect(() => resolveOptions({ formats: [format, format] } as object)).toThrow(/one name/);
    expect(() => resolveOptions({ format: 'jws' })).toThrow(/formats: \[jws\(\)\]/);
  });

  it('resolveOptions takes undefined for the default where that lets no more through', () => {
    const restricting = new Set(['issuer', 'audience', 'extract', 'revocation']);
    const names = Object.keys(resolveOptions({})).filter((name) => !restricting.has(name));
    const none = Object.fromEntries(names.map((name) => [name, undefined]));
    expect(resolveOptions(none)).toEqual(resolveOptions({}));
  });

  it.each(['issuer', 'audience', 'extract', 'revocation'])(
    'resolveOptions refuses an undefined %s, without which more tokens would pass',
    (name) => {
      expect(() => resolveOptions({ [name]: undefined })).toThrow(
        `TempIDModule was given '${name}', and it is undefined.`,
      );
    },
  );

  it('resolveOptions returns the options without the secret, with durations in seconds', () => {
    const extract = fromHeader('x-invite');
    const accept = ['v3', 'v2'] as const;
    const common = {
      issuer: 'auth',
      audience: 'app',
      maxPayloadBytes: 1,
      accept,
    };
    expect(
      resolveOptions({
        ...common,
        secret: [SECRET],
        leeway: '30s',
        expiresIn: '1s',
        extract,
        purgeInterval: '1h',
        storeTimeout: '5s',
        revocation: 'always',
        revocationCacheTtl: '30s',
        maxLifetime: '7d',
        keepIssued: '2d',
      }),
    ).toEqual({
      ...common,
      format: 'v3',
      formats: [],
      leeway: 30,
      expiresIn: 1,
      extract: [extract],
      purgeInterval: 3_600,
      storeTimeout: 5,
      revocation: 'always',
      revocationCacheTtl: 30,
      maxLifetime: 604_800,
      keepIssued: 172_800,
      linkPage: {},
    });
  });

  it('resolveOptions accepts the minted format by default, and keeps purgeInterval false', () => {
    expect(resolveOptions({ format: 'v2', purgeInterval: false })).toMatchObject({
      accept: ['v2'],
      purgeInterval: null,
    });
  });

  it.each([
    ['format', 'v9', 'v1', 'V3', 3, 'constructor', '__proto__'],
    ['accept', [], 'v3', ['v3', 'v9'], [undefined], {}],
    ['issuer', '', 1, null, LONE],
    ['audience', '', 1, null, LONE],
    ['leeway', '1x', 10, '-1s', true],
    ['expiresIn', '0s', '10', 600, '1y', false],
    ['maxPayloadBytes', 0, -1, 1.5, '10', Number.NaN, null],
    ['extract', [], 'x-token', [1], null, {}],
    ['purgeInterval', '0s', true, 5, 'never'],
    ['storeTimeout', '0s', '2m', false, 2_000],
  ])('resolveOptions refuses a wrong %s and names it', (name, ...values) => {
    for (const value of values) {
      expect(() => resolveOptions(moduleOptions(name, value))).toThrow(
        configurationError(`'${name}'`),
      );
    }
  });

  it('resolveOptions refuses an unknown option and lists the options that exist', () => {
    expect(() => resolveOptions(moduleOptions('sercet', 'x'))).toThrow(
      configurationError(`no option 'sercet'. The options are secret, format, accept`),
    );
  });

  it.each(['store', 'isGlobal'])('resolveOptions says where %s belongs', (name) => {
    expect(() => resolveOptions(moduleOptions(name, true))).toThrow(
      configurationError(`Give '${name}' to forRootAsync itself`),
    );
  });

  it.each(['issuer', 'audience'])(
    'resolveOptions refuses the format v2 with %s, which it cannot carry',
    (name) => {
      expect(() => resolveOptions({ ...moduleOptions(name, 'app'), format: 'v2' })).toThrow(
        configurationError(`'${name}'`),
      );
    },
  );

  it.each([
    'format',
    'accept',
    'leeway',
    'expiresIn',
    'maxPayloadBytes',
    'extract',
    'purgeInterval',
    'storeTimeout',
  ])('resolveOptions does not quote a secret that was given as %s', (name) => {
    const secret = `hunter2-${'x'.repeat(32)}`;
    for (const value of [secret, [secret]]) {
      expect(() => resolveOptions(moduleOptions(name, value))).toThrow(configurationError(''));
      expect(() => resolveOptions(moduleOptions(name, value))).not.toThrow(/hunter2/);
    }
  });
});

describe('toClaims', () => {
  it('a token without an end gets the expiresIn of the module', () => {
    expect(mint({}, { expiresIn: '1h' })).toEqual({
      expiresAt: NOW_SECONDS + 3_600,
      issuedAt: NOW,
      notBefore: null,
      maxUses: 0,
      payload: null,
      purpose: null,
      subject: null,
      audience: null,
      issuer: null,
      binding: null,
    });
  });

  it('toClaims puts every option into its claim', () => {
    const options = { purpose: 'p', subject: 's', maxUses: 2_147_483_646, payload: { userId: 42 } };
    const notBefore = new Date(NOW + 1);
    expect(
      mint({ ...options, expiresIn: '15m', notBefore, boundTo: 'hash', format: 'v2' }),
    ).toMatchObject({
      ...options,
      expiresAt: NOW_SECONDS + 900,
      notBefore: NOW_SECONDS + 1,
      binding: createHash('sha256').update('hash').digest().subarray(0, 16),
    });
  });

  it('a token ends at expiresAt, rounded down to a second', () => {
    expect(mint({ expiresAt: new Date(NOW + 60_499) }).expiresAt).toBe(NOW_SECONDS + 60);
    expect(mint({ expiresAt: new Date(8_640_000_000_000_000) }).expiresAt).toBe(8_640_000_000_000);
  });

  it('a token may begin to work in the last second before its expiry', () => {
    const notBefore = new Date((NOW_SECONDS + 599) * 1_000);
    expect(mint({ notBefore }).notBefore).toBe(NOW_SECONDS + 599);
  });

  it('a token gets issuer and audience of the module, unless mint gives an audience', () => {
    const defaults = { issuer: 'auth', audience: 'app' };
    expect(mint({}, defaults)).toMatchObject(defaults);
    expect(mint({ audience: 'admin' }, defaults)).toMatchObject({
      issuer: 'auth',
      audience: 'admin',
    });
  });

  it('a token has no payload where the payload is null', () => {
    expect(mint({ payload: null }).payload).toBeNull();
  });

  it.each([
    ['expiresIn', '0s', '1y', 600, null, '9999999999w', '100000000d'],
    [
      'expiresAt',
      new Date(NOW),
      new Date(NOW - 1),
      new Date(Number.NaN),
      NOW + 60_000,
      null,
      '2030',
    ],
    ['maxUses', -1, 1.5, 2_147_483_647, Number.NaN, '1', null],
    ['purpose', '', 1, null, LONE, ['a']],
    ['subject', '', 42, null, LONE],
    ['audience', '', 1, null, LONE],
    ['boundTo', '', undefined, null, 1, LONE],
    [
      'notBefore',
      '2026',
      NOW,
      new Date(Number.NaN),
      new Date((NOW_SECONDS + 600) * 1_000),
      new Date(-1),
      null,
    ],
    ['format', 'v9', 'v1', 'jws', 3, null],
    ['expires', '15m'],
    ['maxuses', 1],
  ])('mint refuses a wrong %s and names it', (name, ...values) => {
    for (const value of values) {
      expect(() => mint({ [name]: value })).toThrow(configurationError(`'${name}'`));
    }
  });

  it('mint refuses an expiresAt in the running second', () => {
    expect(() => mint({ expiresAt: new Date(NOW + 499) })).toThrow(
      configurationError(`'expiresAt'`),
    );
  });

  it('mint refuses expiresIn together with expiresAt', () => {
    const options = { expiresIn: '15m', expiresAt: new Date(NOW + 60_000) };
    expect(() => mint(options)).toThrow(configurationError(`'expiresIn' or 'expiresAt', not both`));
  });

  it('mint refuses a payload that is no object, or longer than the module allows', () => {
    expect(() => mint({ payload: [1] })).toThrow(
      expect.objectContaining({ code: 'TEMPID_PAYLOAD' }),
    );
    const options = { maxPayloadBytes: 10 };
    expect(mint({ payload: { a: 'xx' } }, options).payload).toEqual({ a: 'xx' });
    expect(() => mint({ payload: { a: 'xxx' } }, options)).toThrow(
      expect.objectContaining({ code: 'TEMPID_PAYLOAD_TOO_LARGE' }),
    );
  });
});

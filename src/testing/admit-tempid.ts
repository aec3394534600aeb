import { randomBytes } from 'node:crypto';
import { type CanActivate, Logger } from '@nestjs/common';
import { TempIDConfigurationError } from '../common/errors.js';
import { Refusal } from '../common/refusal.js';
import { resolveOptions } from '../config/options.js';
import { parsePayload } from '../kinds/kind-payload.js';
import type {
  AnyTempIDKind,
  BesideKind,
  NoKind,
  PayloadInputOf,
  TempIDKind,
} from '../kinds/tempid-kind.js';
import {
  type CommonMintOptions,
  type Lifetime,
  MINT_RULES,
  readMintArguments,
  rulesBesideKind,
  toClaims,
} from '../operations/mint-options.js';
import { setState } from '../requests/request-state.js';
import { TempID } from '../token/tempid.js';

/** What the admitted token says, as `mint` takes it: the options of `mint` that a handler can read. */
export type AdmitTempIDOptions<T = null> = Lifetime &
  Pick<CommonMintOptions<T>, 'payload' | 'maxUses' | 'purpose' | 'subject' | 'audience'>;

const RULES = {
  payload: MINT_RULES.payload,
  maxUses: MINT_RULES.maxUses,
  purpose: MINT_RULES.purpose,
  subject: MINT_RULES.subject,
  audience: MINT_RULES.audience,
  expiresIn: MINT_RULES.expiresIn,
  expiresAt: MINT_RULES.expiresAt,
} as const;
const BESIDE_KIND = rulesBesideKind(RULES);

/**
 * A guard for tests of an application that lets every request through, with a token that says what is named here, for
 * `@TokenPayload()` and `@CurrentTempID()`. It asks for no secret, no store and no token in the request.
 *
 * It takes the place of one guard: `@UseTempID` has TempIDGuard, `@UseTempIDCode` TempIDCodeGuard, `@TempIDLink`
 * TempIDLinkGuard, and the option `guard` the class that it names. On a link no page comes before the handler.
 *
 * The token works nowhere else: no service verifies, uses, refunds or revokes it. A handler that hands it to
 * TempIDService is tested with a token that `mint` made. All requests have the same one; its life begins with
 * each of them.
 *
 * Only for tests. It throws where NODE_ENV is `production`, and outside of a TestingModule, whose logger says no
 * warnings, it warns.
 *
 * It takes the options of the token; or a kind, its payload, and options beside it, as `mint` does.
 *
 * @throws {@link TempIDConfigurationError} for an option that is not there or wrong, and in production
 * @throws {@link TempIDPayloadError} for a payload that no token could carry
 * @example
 * const module = await Test.createTestingModule({ imports: [AppModule] })
 *   .overrideGuard(TempIDGuard)
 *   .useValue(admitTempID({ payload: { userId: 7 } }))
 *   .compile();
 * @example
 * admitTempID(PasswordReset, { userId: 7 }, { subject: '7' });
 */
export function admitTempID(
  kind: TempIDKind<null, unknown>,
  payload?: null,
  options?: BesideKind<AdmitTempIDOptions>,
): CanActivate;
export function admitTempID<Kind extends AnyTempIDKind>(
  kind: Kind,
  payload: PayloadInputOf<Kind>,
  options?: BesideKind<AdmitTempIDOptions>,
): CanActivate;
export function admitTempID<T extends object | null>(
  options?: AdmitTempIDOptions<T> & NoKind,
): CanActivate;
export function admitTempID(...args: unknown[]): CanActivate {
  assertNoProduction();
  const { kind, options } = readMintArguments('admitTempID', args, RULES, BESIDE_KIND);
  // What a module allows is not known here.
  const defaults = { ...resolveOptions({}), maxLifetime: Infinity, maxPayloadBytes: Infinity };
  const claimsFrom = (now: number) => toClaims(options, defaults, now);
  claimsFrom(Date.now());
  const id = randomBytes(24).toString('base64url');
  const warnOnce = createWarning();
  const guard: CanActivate = {
    async canActivate(context) {
      assertNoProduction();
      warnOnce();
      const claims = claimsFrom(Date.now());
      const content = kind ? await parsePayload(kind, claims.payload) : undefined;
      if (content instanceof Refusal) throw new TempIDConfigurationError(content.reason);
      const value = `admitTempID.${id}`;
      const decoded = { value, id, isCountable: false, format: '', claims, key: NO_KEY };
      const token = new TempID({ token: decoded, authority: {}, isVerified: false, content });
      setState(context, {
        guard,
        route: {},
        token,
        isUsed: false,
        repeated: false,
        reservation: null,
      });
      return true;
    },
  };
  return guard;
}

/** No service trusts what it has made. */
const NO_KEY = { name: '', isTrusted: () => false, noteVerified() {} };

/** Where it is reached by mistake it would open every route that it guards. */
function assertNoProduction(): void {
  if (process.env['NODE_ENV'] !== 'production') return;
  throw new TempIDConfigurationError(
    'admitTempID() lets every request through without a token. It is for tests, and NODE_ENV is production.',
  );
}

function createWarning(): () => void {
  let isDue = true;
  return () => {
    if (!isDue) return;
    isDue = false;
    new Logger('admitTempID').warn(
      'Every request is let through without a token. This guard is for tests only.',
    );
  };
}

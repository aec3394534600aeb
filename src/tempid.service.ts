import { Inject, Injectable } from '@nestjs/common';
import type { JsonObject } from './token/claims.js';
import { Codecs } from './formats/index.js';
import type { JwksDocument } from './formats/public-jwk.js';
import { CodeChallenges } from './codes/code-challenges.js';
import {
  type MintCodeOptions,
  type MintedCode,
  toCodeAndClaims,
} from './codes/mint-code-options.js';
import {
  type KindVerifyCodeOptions,
  toVerification,
  type VerifyCodeOptions,
} from './codes/verify-code-options.js';
import { TempIDConfigurationError, TempIDScopeError } from './common/errors.js';
import type { KeyReport } from './keys/rotating-key.js';
import { assertGiven, readOptions } from './common/validation.js';
import { Keyring } from './keys/keyring.js';
import type { TempIDExtractor } from './requests/extractors.js';
import {
  type KindMintCodeOptions,
  type KindMintOptions,
  type MintArguments,
  readMintArguments,
  toCodeMinting,
  toMinting,
} from './operations/kind-mint-options.js';
import { KindRegistry } from './kinds/kind-registry.js';
import {
  type AnyTempIDKind,
  type NoKind,
  type PayloadInputOf,
  type PayloadOf,
  TempIDKind,
  type TempIDOf,
} from './kinds/tempid-kind.js';
import { LazyLifecycle } from './common/lazy-lifecycle.js';
import { linkTo } from './requests/link-to.js';
import { type MintOptions, toClaims } from './operations/mint-options.js';
import type { ResolvedOptions } from './config/options.js';
import { Refusal } from './common/refusal.js';
import { Revocations } from './operations/revocation/revocations.js';
import {
  type PurposeName,
  type RevokePurposeOptions,
  type RevokeSubjectOptions,
  toPurposeRevocation,
  toSubjectRevocation,
} from './operations/revocation/revoke-options.js';
import { type StoreOptions, TempIDStore } from './stores/tempid-store.js';
import { TEMPID_KEYRING, TEMPID_OPTIONS } from './config/module-definition.js';
import { internalsOf, TempID } from './token/tempid.js';
import { TokenVerifier } from './operations/token-verifier.js';
import { UseCounter, type UsesInfo } from './operations/use-counter.js';
import {
  type KindUseOptions,
  type KindVerifyOptions,
  optionsOfStore,
  readUseOptions,
  readVerifyOptions,
  type UseOptions,
  type VerifyArguments,
  type VerifyOptions,
} from './operations/verify-options.js';

const NOT_COUNTABLE = new Refusal(
  TempIDScopeError,
  'Nothing in the token counts its uses, as in the format v1 and in a JWT without jti: it can be neither used up nor revoked.',
);

const LINK_OPTIONS: ReadonlySet<string> = new Set(['extract']);

/** Mints, verifies, spends and revokes tokens. Knows no wire format and no database. */
@Injectable()
export class TempIDService {
  private readonly verifier: TokenVerifier;
  private readonly uses: UseCounter;
  private readonly revocations: Revocations;
  private readonly challenges: CodeChallenges;

  constructor(
    @Inject(TEMPID_OPTIONS) private readonly options: ResolvedOptions,
    @Inject(TEMPID_KEYRING) private readonly keyring: Keyring,
    store: TempIDStore,
    private readonly kinds: KindRegistry,
    private readonly codecs: Codecs,
    private readonly lifecycle: LazyLifecycle,
  ) {
    const accepted = options.accept.map((format) => codecs.reader(format));
    this.verifier = new TokenVerifier(accepted, options, kinds, lifecycle);
    this.uses = new UseCounter(store, options, lifecycle);
    this.revocations = new Revocations(this.uses, options);
    this.challenges = new CodeChallenges(this.uses, keyring);
    lifecycle.add('store', store);
  }

  /**
   * Makes a new token, of a kind or by options. The payload of a kind is checked, and a kind with a `boundTo`
   * looks up what the token is bound to, unless `boundTo` is given.
   *
   * @throws TempIDConfigurationError for an option that is wrong, or that the format cannot carry
   * @throws TempIDPayloadError, TempIDPayloadTooLargeError
   * @throws TempIDStoreUnavailableError only with `replace`
   * @example
   * const token = await tempid.mint({ purpose: 'invite', expiresIn: '7d', maxUses: 50, payload: { teamId: 7 } });
   * await mail.send(`https://app.example/join?token=${token}`);
   * @example
   * const token = await tempid.mint(Invite, { teamId: 7 });
   */
  async mint<Kind extends TempIDKind<null, unknown>>(
    kind: Kind,
    payload?: null,
    options?: KindMintOptions,
  ): Promise<TempIDOf<Kind>>;
  async mint<Kind extends AnyTempIDKind>(
    kind: Kind,
    payload: PayloadInputOf<Kind>,
    options?: KindMintOptions,
  ): Promise<TempIDOf<Kind>>;
  async mint(options?: MintOptions & NoKind): Promise<TempID<null>>;
  async mint<T extends object | null>(
    options: MintOptions<T> & NoKind & { payload: T },
  ): Promise<TempID<T>>;
  async mint(
    ...args: MintArguments<MintOptions<object | null>, KindMintOptions>
  ): Promise<TempID<unknown>> {
    const { kind, given, payload, besideKind } = readMintArguments('mint', args);
    const { options, content } = kind
      ? await toMinting(kind, payload, besideKind, this.options, this.kinds)
      : { options: given, content: undefined };
    // At once: the caller may change its options while the promise is pending.
    const { format = this.options.format, replace } = options;
    const claims = await this.revocations.issue(toClaims(options, this.options, Date.now()));
    await this.lifecycle.begun('keys');
    const codec = this.codecs.writer(format);
    const token = this.verifier.toTempID(await codec.encode(claims), true, content);
    if (replace) await this.revocations.replaceOthers(token);
    return token;
  }

  /**
   * An address with the token where the guard looks for it: in the query, or in place of `:token` in the path.
   *
   * @param url absolute or only a path; take its start from the configuration, never from a request's Host
   * @param options `extract`: where the route looks for the token, if not where the module does
   * @throws TempIDConfigurationError where no extractor looks into addresses
   * @example
   * await mail.send(tempid.link('https://app.example/login', token));
   */
  link(
    url: string | URL,
    token: TempID<unknown> | string,
    ...given: [options?: { extract?: TempIDExtractor | readonly TempIDExtractor[] }]
  ): string {
    assertGiven(given, 'link', ['options']);
    const [options = {}] = given;
    const { extract = this.options.extract } = readOptions(options, LINK_OPTIONS, 'link');
    const value = token instanceof TempID ? token.value : token;
    return linkTo(url, value, extract);
  }

  /**
   * The token that a string is, or null for any bad one, whatever is passed in. Asks no store, unless
   * `checkUses` says so, or the module's `revocation` is `'always'`.
   *
   * @throws TempIDStoreUnavailableError only where the store is asked
   * @throws TempIDConfigurationError for an option that is not there
   * @example
   * const token = await tempid.verify(text, Invite);
   * token?.payload.teamId;
   */
  async verify<Kind extends AnyTempIDKind>(
    value: string,
    kind: Kind,
    options?: KindVerifyOptions,
  ): Promise<TempIDOf<Kind> | null>;
  async verify<T = JsonObject | null>(
    value: string,
    options?: VerifyOptions & NoKind,
  ): Promise<TempID<T> | null>;
  async verify(
    value: string,
    ...args: VerifyArguments<VerifyOptions>
  ): Promise<TempID<unknown> | null> {
    const result = await this.checkAll(value, readVerifyOptions(args));
    return result instanceof Refusal ? null : result;
  }

  /**
   * As {@link verify}, and says why a token is bad.
   *
   * @throws TempIDFormatError, TempIDTamperedError, TempIDExpiredError, TempIDNotYetValidError, TempIDScopeError;
   *   with a kind, and for what a JWT or V2 token says, TempIDPayloadError; with `checkUses` also TempIDExhaustedError,
   *   TempIDRevokedError, TempIDStoreUnavailableError; with revocation `'always'` also the last two
   */
  async verifyOrThrow<Kind extends AnyTempIDKind>(
    value: string,
    kind: Kind,
    options?: KindVerifyOptions,
  ): Promise<TempIDOf<Kind>>;
  async verifyOrThrow<T = JsonObject | null>(
    value: string,
    options?: VerifyOptions & NoKind,
  ): Promise<TempID<T>>;
  async verifyOrThrow(
    value: string,
    ...args: VerifyArguments<VerifyOptions>
  ): Promise<TempID<unknown>> {
    return orThrow(await this.checkAll(value, readVerifyOptions(args)));
  }

  /**
   * An authentic token, perhaps expired, of any purpose, audience and binding: to read, not to trust.
   *
   * @throws TempIDFormatError, TempIDTamperedError; for what a JWT or V2 token says also TempIDPayloadError
   */
  async parse<T = JsonObject | null>(value: string): Promise<TempID<T>> {
    return orThrow<T>(await this.verifier.read(value));
  }

  /**
   * Spends one use: of 50 uses exactly 50 calls answer true, however many come at once. A token without
   * a use limit answers true until it is revoked. A string is verified as {@link verify} does, and so is
   * a `TempID` that was only parsed; of one that this service has minted or verified, only its time and
   * what is named here are checked. With a kind, one that was made or verified without it is verified, too.
   *
   * @returns false for a token that is bad, spent or revoked
   * @throws TempIDStoreUnavailableError where the store cannot answer; the use may be spent then
   */
  async use(
    token: TempID<unknown> | string,
    kind: AnyTempIDKind,
    options?: KindUseOptions,
  ): Promise<boolean>;
  async use(token: TempID<unknown> | string, options?: UseOptions & NoKind): Promise<boolean>;
  async use(
    token: TempID<unknown> | string,
    ...args: VerifyArguments<UseOptions>
  ): Promise<boolean> {
    return !((await this.spend(token, args)) instanceof Refusal);
  }

  /**
   * As {@link use}, and says why a token is refused.
   *
   * @returns the token, one use of which is spent
   * @throws what {@link verifyOrThrow} throws, and TempIDExhaustedError, TempIDRevokedError,
   *   TempIDStoreUnavailableError
   */
  async useOrThrow<Kind extends AnyTempIDKind>(
    token: TempID<unknown> | string,
    kind: Kind,
    options?: KindUseOptions,
  ): Promise<TempIDOf<Kind>>;
  async useOrThrow<T = JsonObject | null>(
    token: TempID<T> | string,
    options?: UseOptions & NoKind,
  ): Promise<TempID<T>>;
  async useOrThrow(
    token: TempID<unknown> | string,
    ...args: VerifyArguments<UseOptions>
  ): Promise<TempID<unknown>> {
    return orThrow(await this.spend(token, args));
  }

  /**
   * A short code for a person to type, and the challenge that it answers: a token to be kept where the code
   * will be typed. The code is in the challenge, encrypted, and its attempts are the challenge's uses.
   *
   * @throws TempIDConfigurationError for an option that is wrong, or a code that is too easy to guess
   * @throws TempIDPayloadError, TempIDPayloadTooLargeError
   * @throws TempIDStoreUnavailableError only with `replace`
   * @example
   * const { code, challenge } = await tempid.mintCode({ purpose: 'login', subject: user.id, expiresIn: '5m' });
   * await sms.send(user.phone, `Your code is ${code}`);
   * return { challenge };
   */
  async mintCode<Kind extends TempIDKind<null, unknown>>(
    kind: Kind,
    payload?: null,
    options?: KindMintCodeOptions,
  ): Promise<MintedCode<PayloadOf<Kind>>>;
  async mintCode<Kind extends AnyTempIDKind>(
    kind: Kind,
    payload: PayloadInputOf<Kind>,
    options?: KindMintCodeOptions,
  ): Promise<MintedCode<PayloadOf<Kind>>>;
  async mintCode(options?: MintCodeOptions & NoKind): Promise<MintedCode>;
  async mintCode<T extends object | null>(
    options: MintCodeOptions<T> & NoKind & { payload: T },
  ): Promise<MintedCode<T>>;
  async mintCode(
    ...args: MintArguments<MintCodeOptions<object | null>, KindMintCodeOptions>
  ): Promise<MintedCode<unknown>> {
    const { kind, given, payload, besideKind } = readMintArguments('mintCode', args);
    const { options, content } = kind
      ? await toCodeMinting(kind, payload, besideKind, this.options)
      : { options: given, content: undefined };
    const { replace } = options;
    const { code, formatted, claims } = toCodeAndClaims(options, this.options, Date.now());
    await this.lifecycle.begun('keys');
    // Nobody has typed its code yet, so it is not trusted in hand either.
    const encoded = await this.codecs.writer('v3').encode(await this.revocations.issue(claims));
    const challenge = this.verifier.toTempID(encoded, false, content);
    if (replace) await this.revocations.replaceOthers(challenge);
    return { code, formatted, challenge };
  }

  /**
   * The challenge that a code answers, or null for a bad challenge or a wrong code, whatever is passed in.
   * Every call with a good challenge spends one of its attempts, before the code is compared; a right code
   * ends the challenge, and of any number of them at once exactly one is not null.
   *
   * @throws TempIDStoreUnavailableError where the store cannot answer; the attempt may be spent then
   * @throws TempIDConfigurationError for an option that is wrong, and for a `window` where the challenge has no
   *   subject
   */
  async verifyCode<Kind extends AnyTempIDKind>(
    challenge: TempID<unknown> | string,
    code: string,
    kind: Kind,
    options?: KindVerifyCodeOptions,
  ): Promise<TempIDOf<Kind> | null>;
  async verifyCode<T = JsonObject | null>(
    challenge: TempID<T> | string,
    code: string,
    options?: VerifyCodeOptions & NoKind,
  ): Promise<TempID<T> | null>;
  async verifyCode(
    challenge: TempID<unknown> | string,
    code: string,
    ...args: VerifyArguments<VerifyCodeOptions>
  ): Promise<TempID<unknown> | null> {
    const result = await this.checkCode(challenge, code, args);
    return result instanceof Refusal ? null : result;
  }

  /**
   * As {@link verifyCode}, and says why.
   *
   * @throws TempIDCodeError with `attemptsLeft` for a wrong code that may be tried again; TempIDExhaustedError
   *   where that was the last attempt, none is left, or the challenge was answered; TempIDRevokedError; for a bad
   *   challenge what {@link verifyOrThrow} throws
   */
  async verifyCodeOrThrow<Kind extends AnyTempIDKind>(
    challenge: TempID<unknown> | string,
    code: string,
    kind: Kind,
    options?: KindVerifyCodeOptions,
  ): Promise<TempIDOf<Kind>>;
  async verifyCodeOrThrow<T = JsonObject | null>(
    challenge: TempID<T> | string,
    code: string,
    options?: VerifyCodeOptions & NoKind,
  ): Promise<TempID<T>>;
  async verifyCodeOrThrow(
    challenge: TempID<unknown> | string,
    code: string,
    ...args: VerifyArguments<VerifyCodeOptions>
  ): Promise<TempID<unknown>> {
    return orThrow(await this.checkCode(challenge, code, args));
  }

  /**
   * How many uses there are, were spent and are left.
   *
   * @throws TempIDFormatError, TempIDTamperedError for a string that is no authentic token; for what a JWT or V2
   *   token says also TempIDPayloadError
   * @throws TempIDScopeError for a token that nothing counts: one of the format v1, or a JWT without `jti`
   * @throws TempIDStoreUnavailableError
   */
  async usesInfo(token: TempID<unknown> | string): Promise<UsesInfo> {
    return this.uses.info(await this.countable(token));
  }

  /**
   * Gives one spent use back; none of a token that was revoked, has no use limit, or was never used.
   *
   * @throws as {@link usesInfo}. Where the store cannot answer, the use may have been given back: do not
   *   repeat the refund, since two for one use would give one away
   */
  async refund(token: TempID<unknown> | string): Promise<void> {
    return this.uses.refund(await this.countable(token));
  }

  /**
   * Ends a token for good. `use`, `checkUses` and the guard's `consume` see it; a plain `verify` asks no
   * store, and does not, unless the module's `revocation` is `'always'`.
   *
   * @param options what the store adds: `manager`, with TypeOrmTempIDStore, for a transaction of the application
   * @throws as {@link usesInfo}, and TempIDConfigurationError for an option that is wrong
   */
  async revoke(token: TempID<unknown> | string, ...given: [options?: StoreOptions]): Promise<void> {
    assertGiven(given, 'revoke', ['options']);
    const [options = {}] = given;
    // A token has no property of its own that could be refused as no option.
    if (options instanceof TempID) {
      throw new TempIDConfigurationError('revoke ends one token: call it once for each.');
    }
    // `tokens.map(tempid.revoke, tempid)` gives an index.
    const said = typeof options === 'number' ? {} : options;
    const ofStore = readOptions(said, new Set(this.uses.useOptions), 'revoke');
    return this.revocations.revokeToken(await this.countable(token), ofStore);
  }

  /**
   * Ends every token of a subject that was issued so far, of one purpose or of all; those that are minted
   * afterwards work, also within the same second. Seen where {@link revoke} is.
   *
   * @throws TempIDConfigurationError for an option that is wrong, and where the store keeps no such revocations
   * @throws TempIDStoreUnavailableError where the store cannot answer; it may have revoked them all the same
   * @example
   * await tempid.revokeSubject({ purpose: PasswordReset, subject: user.id });
   * await tempid.revokeSubject({ subject: user.id });
   */
  async revokeSubject(options: RevokeSubjectOptions): Promise<void> {
    const { useOptions } = this.uses;
    const { scope, ofStore } = toSubjectRevocation(options, useOptions);
    return this.revocations.revokeScope(scope, ofStore);
  }

  /**
   * Ends every token of a purpose that was issued so far, whoever it is about. Seen where {@link revoke} is.
   *
   * @param given the purpose by its name or a kind, or options with it
   * @param besidePurpose what the store adds, such as `manager`
   * @throws as {@link revokeSubject}
   * @example
   * await tempid.revokePurpose(Invite);
   * await tempid.revokePurpose({ purpose: 'invite' });
   */
  async revokePurpose(
    given: PurposeName | RevokePurposeOptions,
    ...beside: [besidePurpose?: StoreOptions]
  ): Promise<void> {
    const { scope, ofStore } = toPurposeRevocation([given, ...beside], this.uses.useOptions);
    return this.revocations.revokeScope(scope, ofStore);
  }

  /**
   * Removes the counts of tokens that expired over an hour ago, batch after batch. The module calls it by
   * itself (`purgeInterval`).
   *
   * @param options `signal`: ends it after the batch that runs
   * @returns how many
   * @throws TempIDStoreUnavailableError
   */
  async purgeExpired({ signal }: { signal?: AbortSignal } = {}): Promise<number> {
    return this.uses.purgeExpired(signal);
  }

  /**
   * What each secret does, newest first, and how many tokens it has verified in this process: it shows when
   * an old one can go. After them come the keys that a JWT format has for itself, with its name in `format`.
   *
   * @example
   * tempid.keys(); // [{ kid: 'x1Yz0A', role: 'mints', notAfter: null, verified: 812, lastVerifiedAt: … }, …]
   */
  keys(): KeyReport[] {
    void this.lifecycle.begun('keys');
    return [...this.keyring.report(), ...this.codecs.report()];
  }

  /**
   * The public keys of the format jws, by which others verify its tokens; none where it signs by a secret.
   * TempIDJwksController of nestjs-tempid/jwt serves them. A key that is in the list and has not ended is among
   * them, also before it signs.
   *
   * @example
   * await tempid.jwks(); // { keys: [{ kty: 'OKP', crv: 'Ed25519', x: …, kid: '2026-01', alg: 'EdDSA', use: 'sig' }] }
   */
  async jwks(): Promise<JwksDocument> {
    await this.lifecycle.begun('keys');
    return { keys: this.codecs.publicKeys() };
  }

  private async countable(given: TempID<unknown> | string): Promise<TempID<unknown>> {
    const token = orThrow(await this.verifier.authenticate(given));
    if (!isCountable(token)) throw NOT_COUNTABLE.toError();
    return token;
  }

  private async checkAll(value: unknown, options: VerifyOptions): Promise<TempID | Refusal> {
    const token = await this.verifier.checkValue(value, options);
    if (token instanceof Refusal) return token;
    if (options.checkUses) return (await this.refuseSpent(token)) ?? token;
    const isAsked = this.options.revocation === 'always' && isRevocable(token);
    return (isAsked ? await this.revocations.refuseRevoked(token) : null) ?? token;
  }

  private async refuseSpent(token: TempID): Promise<Refusal | null> {
    return isCountable(token) ? this.uses.refuseSpent(token) : NOT_COUNTABLE;
  }

  private async spend(
    given: TempID<unknown> | string,
    args: VerifyArguments<UseOptions>,
  ): Promise<TempID | Refusal> {
    const { useOptions } = this.uses;
    const options = readUseOptions(args, useOptions);
    const token = await this.verifier.check(given, options);
    if (token instanceof Refusal) return token;
    if (!isCountable(token)) return NOT_COUNTABLE;
    const refusal = await this.uses.spend(token, optionsOfStore(options, useOptions));
    if (refusal) return refusal;
    return token;
  }

  private async checkCode(
    given: TempID<unknown> | string,
    code: unknown,
    args: VerifyArguments<VerifyCodeOptions>,
  ): Promise<TempID | Refusal> {
    const { ofToken, window } = toVerification(args);
    const value = given instanceof TempID ? given.value : given;
    const challenge = await this.verifier.checkValue(value, ofToken);
    if (challenge instanceof Refusal) return challenge;
    return (await this.challenges.refuse(challenge, code, window)) ?? challenge;
  }
}

function isCountable(token: TempID<unknown>): boolean {
  return internalsOf(token).token.isCountable;
}

/** By itself, or with all of its subject or its purpose. */
function isRevocable(token: TempID): boolean {
  return isCountable(token) || token.purpose !== null || token.subject !== null;
}

function orThrow<T>(result: TempID<unknown> | Refusal): TempID<T> {
  if (result instanceof Refusal) throw result.toError();
  return result as TempID<T>;
}

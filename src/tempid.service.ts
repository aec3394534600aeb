import { Inject, Injectable } from '@nestjs/common';
import { CodeChallenges } from './codes/code-challenges.js';
import type {
  AttemptsInfo,
  MintCodeOptions,
  MintedCode,
  VerifyCodeOptions,
} from './codes/code-options.js';
import { LazyLifecycle } from './common/lazy-lifecycle.js';
import { asGiven, assertGiven, readOptions } from './common/options.js';
import { Refusal } from './common/refusal.js';
import { TEMPID_KEYRING, TEMPID_OPTIONS } from './config/module-definition.js';
import type { ResolvedOptions } from './config/options.js';
import { TempIDEvents } from './events/tempid-events.js';
import { Codecs } from './formats/codecs.js';
import type { JwksDocument } from './formats/public-jwk.js';
import type { KeyReport } from './keys/rotating-key.js';
import { Keyring } from './keys/keyring.js';
import { KindRegistry } from './kinds/kind-registry.js';
import type {
  AnyTempIDKind,
  BesideKind,
  NoKind,
  PayloadInputOf,
  PayloadOf,
  TempIDKind,
  TempIDOf,
} from './kinds/tempid-kind.js';
import { TempIDLedger } from './ledger/tempid-ledger.js';
import type { MintOptions } from './operations/mint-options.js';
import type { IssuedTempID } from './operations/issued-tempid.js';
import { type IssuedList, IssuedTokens } from './operations/issued-tokens.js';
import type { ListOptions } from './operations/list-options.js';
import { Revocations } from './operations/revocation/revocations.js';
import type { RevokeSubjectOptions } from './operations/revocation/revoke-options.js';
import { type ExtendOptions, TokenExtensions } from './operations/token-extensions.js';
import { TokenMinter } from './operations/token-minter.js';
import { type RenewOptions, TokenRenewer } from './operations/token-renewer.js';
import { TokenUses, type UseResult } from './operations/token-uses.js';
import { TokenVerifier } from './operations/token-verifier.js';
import { UseCounter, type UsesInfo } from './operations/use-counter.js';
import type { UsedByOptions, UsedByPage } from './operations/used-by.js';
import type { UseOptions, VerifyOptions } from './operations/verify-options.js';
import type { TempIDExtractor } from './requests/extractors.js';
import { linkTo } from './requests/link-to.js';
import { type StoreOptions, TempIDStore } from './stores/tempid-store.js';
import type { JsonObject } from './token/claims.js';
import { TempID } from './token/tempid.js';
import type { UnverifiedTempID } from './token/unverified-tempid.js';
import { OnePerProcess } from './common/one-per-process.js';

const LINK_RULES = { extract: asGiven<TempIDExtractor | readonly TempIDExtractor[]>() } as const;

/**
 * Mints, verifies, uses and revokes tokens.
 *
 * Every call takes a kind, or plain options in its place.
 */
@OnePerProcess('TempIDService')
@Injectable()
export class TempIDService {
  private readonly verifier: TokenVerifier;
  private readonly counter: UseCounter;
  private readonly revocations: Revocations;
  private readonly issued: IssuedTokens;
  private readonly minter: TokenMinter;
  private readonly uses: TokenUses;
  private readonly extensions: TokenExtensions;
  private readonly renewer: TokenRenewer;
  private readonly challenges: CodeChallenges;

  /** @hidden Nest makes it. */
  constructor(
    @Inject(TEMPID_OPTIONS) private readonly options: ResolvedOptions,
    @Inject(TEMPID_KEYRING) private readonly keyring: Keyring,
    store: TempIDStore,
    kinds: KindRegistry,
    private readonly codecs: Codecs,
    private readonly lifecycle: LazyLifecycle,
    events: TempIDEvents,
    ledger: TempIDLedger,
  ) {
    const accepted = options.accept.map((format) => codecs.reader(format));
    this.verifier = new TokenVerifier(accepted, options, kinds, lifecycle, events);
    this.counter = new UseCounter(store, options, lifecycle, events);
    this.revocations = new Revocations(this.counter, options, events);
    this.issued = new IssuedTokens(ledger, this.counter, options, lifecycle, events);
    const { verifier, counter, revocations, issued } = this;
    this.minter = new TokenMinter(
      options,
      kinds,
      codecs,
      lifecycle,
      verifier,
      revocations,
      issued,
      events,
    );
    this.uses = new TokenUses(verifier, counter, revocations, issued, options, events);
    this.extensions = new TokenExtensions(
      options,
      codecs.short,
      verifier,
      counter,
      issued,
      lifecycle,
      events,
    );
    this.renewer = new TokenRenewer(options, verifier, this.minter, issued, revocations, events);
    this.challenges = new CodeChallenges(options, this.minter, verifier, counter, keyring, events);
    lifecycle.add('store', store);
    lifecycle.add('ledger', ledger);
  }

  /**
   * Makes a new token, of a kind or by options. The payload of a kind is checked, and a kind with a `boundTo`
   * looks up what the token is bound to, unless `boundTo` is given.
   *
   * @throws TempIDConfigurationError for an option that is wrong, or that the format cannot carry
   * @throws TempIDPayloadError, TempIDPayloadTooLargeError
   * @throws TempIDStoreUnavailableError only with `tracked`, whose row the ledger must have first, and with `replace`
   * @example
   * const token = await tempid.mint({ purpose: 'invite', expiresIn: '7d', maxUses: 50, payload: { teamId: 7 } });
   * await mail.send(`https://app.example/join?token=${token}`);
   * @example
   * const token = await tempid.mint(Invite, { teamId: 7 });
   */
  async mint<Kind extends TempIDKind<null, unknown>>(
    kind: Kind,
    payload?: null,
    options?: BesideKind<MintOptions>,
  ): Promise<TempIDOf<Kind>>;
  async mint<Kind extends AnyTempIDKind>(
    kind: Kind,
    payload: PayloadInputOf<Kind>,
    options?: BesideKind<MintOptions>,
  ): Promise<TempIDOf<Kind>>;
  async mint(options?: MintOptions & NoKind): Promise<TempID<null>>;
  async mint<T extends object | null>(
    options: MintOptions<T> & NoKind & { payload: T },
  ): Promise<TempID<T>>;
  async mint(...args: unknown[]): Promise<TempID<unknown>> {
    return this.minter.mint(args);
  }

  /**
   * An address with the token where the guard looks for it: in the query, or in place of `:token` in the path.
   * `extract` says where the route looks for the token, if not where the module does.
   *
   * @param url absolute or only a path; take its start from the configuration, never from a request's Host
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
    const { extract = this.options.extract } = readOptions(given[0] ?? {}, LINK_RULES, 'link');
    return linkTo(url, token instanceof TempID ? token.value : token, extract);
  }

  /**
   * The token that a string is, or null for any bad one, whatever is passed in. Asks no store, but
   * with `checkUses`, or where the module's `revocation` is `'always'`; of a short token it asks the ledger what it
   * is, and the store whether it was revoked.
   *
   * @throws TempIDStoreUnavailableError only where the store or the ledger is asked
   * @throws TempIDConfigurationError for an option that is not there
   * @example
   * const token = await tempid.verify(text, Invite);
   * token?.payload.teamId;
   */
  async verify<Kind extends AnyTempIDKind>(
    value: string,
    kind: Kind,
    options?: BesideKind<VerifyOptions>,
  ): Promise<TempIDOf<Kind> | null>;
  async verify<T = JsonObject | null>(
    value: string,
    options?: VerifyOptions & NoKind,
  ): Promise<TempID<T> | null>;
  async verify(value: string, ...args: unknown[]): Promise<TempID<unknown> | null> {
    return orNull(await this.uses.verify(value, args));
  }

  /**
   * As {@link verify}, and throws why a token is bad.
   *
   * @throws TempIDFormatError, TempIDTamperedError, TempIDExpiredError, TempIDNotYetValidError, TempIDScopeError;
   *   with a kind, and for the claims of a JWT or V2 token, TempIDPayloadError; with `checkUses` also TempIDExhaustedError,
   *   TempIDRevokedError, TempIDStoreUnavailableError; with revocation `'always'`, and for a short token, also the last two
   */
  async verifyOrThrow<Kind extends AnyTempIDKind>(
    value: string,
    kind: Kind,
    options?: BesideKind<VerifyOptions>,
  ): Promise<TempIDOf<Kind>>;
  async verifyOrThrow<T = JsonObject | null>(
    value: string,
    options?: VerifyOptions & NoKind,
  ): Promise<TempID<T>>;
  async verifyOrThrow(value: string, ...args: unknown[]): Promise<TempID<unknown>> {
    return orThrow(await this.uses.verify(value, args));
  }

  /**
   * An authentic token, perhaps expired, of any purpose, audience and binding: to read, not to trust.
   *
   * @throws TempIDFormatError, TempIDTamperedError; for the claims of a JWT or V2 token also TempIDPayloadError, and for
   *   a short token TempIDStoreUnavailableError
   */
  async parse<T = JsonObject | null>(value: string): Promise<TempID<T>> {
    return orThrow(await this.verifier.read(value)) as TempID<T>;
  }

  /**
   * What a token says without its secret, whether it is genuine or not: to look at, never to trust. The format and the
   * key of V3; the expiry and the limit of V2; the header of a JWT, and the claims of the format jws. Of any other
   * string, and of any that is no token of a format that the module has, null. It never throws.
   *
   * @example
   * tempid.decode(text); // { format: 'v3', kid: 'x1Yz0A', expiresAt: null, maxUses: null, header: null, claims: null }
   */
  decode(text: string): UnverifiedTempID | null {
    return this.codecs.readUnverified(text);
  }

  /**
   * Uses a token once: of 50 uses exactly 50 calls answer true, however many come at once. A token without
   * a use limit answers true until it is revoked. A string is verified as {@link verify} does, and so is
   * a `TempID` that was only parsed; of one that this service has minted or verified, only its time and
   * what is named here are checked. With a kind, one that was made or verified without it is verified, too.
   *
   * With `by` each who is named has one use: of 50 uses 50 different ones get one, and the same one only gets a second
   * answer true by `repeat`, which spends nothing.
   *
   * @returns false for a token that is bad, used up or revoked, or was used before by the one who is named
   * @throws TempIDStoreUnavailableError where the store cannot answer; the use may be counted then
   * @throws TempIDConfigurationError for an option that is wrong, and for `by` where the store does not know who used
   *   a token
   * @example
   * await tempid.use(token, { by: user.id });
   * await tempid.use(token, { by: user.id, repeat: '10s' });
   */
  async use(
    token: TempID<unknown> | string,
    kind: AnyTempIDKind,
    options?: BesideKind<UseOptions>,
  ): Promise<boolean>;
  async use(token: TempID<unknown> | string, options?: UseOptions & NoKind): Promise<boolean>;
  async use(token: TempID<unknown> | string, ...args: unknown[]): Promise<boolean> {
    return !((await this.uses.use(token, args)) instanceof Refusal);
  }

  /**
   * As {@link use}, and throws why a token is refused.
   *
   * @returns the token, of which one use was counted
   * @throws what {@link verifyOrThrow} throws, and TempIDExhaustedError, TempIDRevokedError,
   *   TempIDStoreUnavailableError; with `by` also TempIDAlreadyUsedError
   */
  async useOrThrow<Kind extends AnyTempIDKind>(
    token: TempID<unknown> | string,
    kind: Kind,
    options?: BesideKind<UseOptions>,
  ): Promise<TempIDOf<Kind>>;
  async useOrThrow<T = JsonObject | null>(
    token: TempID<T> | string,
    options?: UseOptions & NoKind,
  ): Promise<TempID<T>>;
  async useOrThrow(token: TempID<unknown> | string, ...args: unknown[]): Promise<TempID<unknown>> {
    return (await this.useResult<unknown>(token, ...args)).token;
  }

  /**
   * As {@link useOrThrow}, and says whether the same `by` had its use before.
   *
   * @internal
   */
  async useResult<T = JsonObject | null>(
    token: TempID<unknown> | string,
    ...args: unknown[]
  ): Promise<UseResult<T>> {
    return orThrow(await this.uses.use(token, args)) as UseResult<T>;
  }

  /**
   * A short code for a person to type, and the challenge that it answers: a token to be kept where the code
   * will be typed. The code is in the challenge, encrypted, and its attempts are the challenge's uses.
   *
   * @throws TempIDConfigurationError for an option that is wrong, or a code that is too easy to guess
   * @throws TempIDPayloadError, TempIDPayloadTooLargeError
   * @throws TempIDStoreUnavailableError only with `tracked` and `replace`
   * @example
   * const { code, challenge } = await tempid.mintCode({ purpose: 'login', subject: user.id, expiresIn: '5m' });
   * await sms.send(user.phone, `Your code is ${code}`);
   * return { challenge };
   */
  async mintCode<Kind extends TempIDKind<null, unknown>>(
    kind: Kind,
    payload?: null,
    options?: BesideKind<MintCodeOptions>,
  ): Promise<MintedCode<PayloadOf<Kind>>>;
  async mintCode<Kind extends AnyTempIDKind>(
    kind: Kind,
    payload: PayloadInputOf<Kind>,
    options?: BesideKind<MintCodeOptions>,
  ): Promise<MintedCode<PayloadOf<Kind>>>;
  async mintCode(options?: MintCodeOptions & NoKind): Promise<MintedCode>;
  async mintCode<T extends object | null>(
    options: MintCodeOptions<T> & NoKind & { payload: T },
  ): Promise<MintedCode<T>>;
  async mintCode(...args: unknown[]): Promise<MintedCode<unknown>> {
    return this.challenges.mint(args);
  }

  /**
   * The challenge that a code answers, or null for a bad challenge or a wrong code, whatever is passed in.
   * Every call with a good challenge counts one attempt, before the code is compared; a right code
   * ends the challenge, and of any number of them at once exactly one is not null. With `by` and `repeat` the
   * right code is also right again for the same one, for as long as an attempt is left and no wrong one has come.
   *
   * @throws TempIDStoreUnavailableError where the store cannot answer; the attempt may be counted then
   * @throws TempIDConfigurationError for an option that is wrong, and for a `window` where the challenge has no
   *   subject
   */
  async verifyCode<Kind extends AnyTempIDKind>(
    challenge: TempID<unknown> | string,
    code: string,
    kind: Kind,
    options?: BesideKind<VerifyCodeOptions>,
  ): Promise<TempIDOf<Kind> | null>;
  async verifyCode<T = JsonObject | null>(
    challenge: TempID<T> | string,
    code: string,
    options?: VerifyCodeOptions & NoKind,
  ): Promise<TempID<T> | null>;
  async verifyCode(
    challenge: TempID<unknown> | string,
    code: string,
    ...args: unknown[]
  ): Promise<TempID<unknown> | null> {
    const result = await this.challenges.verify(challenge, code, args);
    return result instanceof Refusal ? null : result.token;
  }

  /**
   * As {@link verifyCode}, and throws why.
   *
   * @throws TempIDCodeError with `attemptsLeft` for a wrong code that may be tried again; TempIDExhaustedError
   *   where that was the last attempt, none is left, or the challenge was answered; TempIDRevokedError; for a bad
   *   challenge what {@link verifyOrThrow} throws
   */
  async verifyCodeOrThrow<Kind extends AnyTempIDKind>(
    challenge: TempID<unknown> | string,
    code: string,
    kind: Kind,
    options?: BesideKind<VerifyCodeOptions>,
  ): Promise<TempIDOf<Kind>>;
  async verifyCodeOrThrow<T = JsonObject | null>(
    challenge: TempID<T> | string,
    code: string,
    options?: VerifyCodeOptions & NoKind,
  ): Promise<TempID<T>>;
  async verifyCodeOrThrow(
    challenge: TempID<unknown> | string,
    code: string,
    ...args: unknown[]
  ): Promise<TempID<unknown>> {
    return (await this.codeResult<unknown>(challenge, code, ...args)).token;
  }

  /**
   * As {@link verifyCodeOrThrow}, and says whether the same `by` was let through again.
   *
   * @internal
   */
  async codeResult<T = JsonObject | null>(
    challenge: TempID<unknown> | string,
    code: string,
    ...args: unknown[]
  ): Promise<UseResult<T>> {
    return orThrow(await this.challenges.verify(challenge, code, args)) as UseResult<T>;
  }

  /**
   * How many attempts there are for the code of a challenge, before one is made. No attempt is counted.
   *
   * @param options `window`: as {@link verifyCode} is given it, so that the attempts of the subject count as well
   * @returns `left`, and what it is the fewer of: the attempts of the challenge, and those of its subject in this window
   * @throws TempIDFormatError, TempIDTamperedError for a string that is no authentic token; TempIDScopeError for a
   *   token that is no challenge
   * @throws TempIDConfigurationError for an option that is wrong, and for a `window` where the challenge has no
   *   subject
   * @throws TempIDStoreUnavailableError
   * @example
   * await tempid.attemptsInfo(challenge, { window: '1h' });
   * // { left: 2, challenge: { total: 5, used: 0, left: 5 }, subject: { total: 5, used: 3, left: 2 } }
   */
  async attemptsInfo(
    challenge: TempID<unknown> | string,
    options: Pick<VerifyCodeOptions, 'window'> = {},
  ): Promise<AttemptsInfo> {
    return this.challenges.attemptsInfo(challenge, options);
  }

  /**
   * How many uses there are, were made and are left, of a token or of what the ledger has by `{ id }`.
   *
   * @throws TempIDNotFoundError for an id that the ledger does not have
   * @throws TempIDFormatError, TempIDTamperedError for a string that is no authentic token; for the claims of a
   *   JWT or V2 token also TempIDPayloadError
   * @throws TempIDScopeError for a token that nothing counts: one of the format v1, or a JWT without `jti`
   * @throws TempIDStoreUnavailableError
   */
  async usesInfo(token: TempID<unknown> | string | { readonly id: string }): Promise<UsesInfo> {
    return this.counter.info(await this.uses.countable(token));
  }

  /**
   * Gives one use of a token, or of `{ id }`, back; none of a token that was revoked, has no use limit, or was never used. With `by` it is the use
   * of that one, also of a token without a limit, who may then use it again; whoever has none is given none.
   * Further options are what the store adds, such as `manager`.
   *
   * @throws as {@link usesInfo}, and TempIDConfigurationError for an option that is wrong. Where the store cannot
   *   answer, the use may have been given back: do not repeat the refund without `by`, since two for one use would give
   *   one away
   */
  async refund(
    token: TempID<unknown> | string | { readonly id: string },
    ...args: [options?: { by?: string } & StoreOptions]
  ): Promise<void> {
    return this.uses.refund(token, args);
  }

  /**
   * Who used a token, or what the ledger has by `{ id }`, by their names (`by`), and when, the first one first. Uses without a name are not among them.
   *
   * @throws as {@link usesInfo}, and TempIDConfigurationError for an option that is wrong, or where the store does not
   *   know who used a token
   * @example
   * const { items, next } = await tempid.usedBy(token, { limit: 20 });
   * // [{ by: 'user-7', at: 2026-07-01T10:00:00.000Z }, …]; the page after it: { limit: 20, after: next }
   */
  async usedBy(
    token: TempID<unknown> | string | { readonly id: string },
    options: UsedByOptions = {},
  ): Promise<UsedByPage> {
    return this.uses.usedBy(token, options);
  }

  /**
   * Ends a token, or what the ledger has by `{ id }`, for good. `use`, `checkUses` and the guard's `consume` see it; a plain `verify` asks no
   * store, and does not, unless the module's `revocation` is `'always'`.
   * The options are what the store adds: `manager`, with TypeOrmTempIDStore, for a transaction of the application.
   *
   * @throws as {@link usesInfo}, and TempIDConfigurationError for an option that is wrong
   */
  async revoke(
    token: TempID<unknown> | string | { readonly id: string },
    ...args: [options?: StoreOptions]
  ): Promise<void> {
    return this.uses.revoke(token, args);
  }

  /**
   * Changes the end of a short token, how often it works, or both, after it was sent. Of several changes at once each is
   * made, one after the other. With `manager` all of it is in the transaction of the application.
   *
   * @returns the token as it is now; of `{ id }` nothing
   * @throws TempIDConfigurationError for a token of another format and for the challenge of a code, for an option that is
   *   wrong, for a life that is longer than `maxLifetime` from the token's issue, and for another end where the store
   *   cannot keep a count for longer
   * @throws TempIDExpiredError, TempIDRevokedError for a token that has ended; its end is final
   * @throws TempIDNotFoundError for an id that the ledger does not have; TempIDFormatError, TempIDTamperedError
   * @throws TempIDStoreUnavailableError where the ledger or the store cannot answer; the change may be made then
   * @example
   * await tempid.extend(token, { expiresIn: '7d', maxUses: 70 });
   */
  async extend<T = JsonObject | null>(
    token: TempID<T> | string,
    options: ExtendOptions,
  ): Promise<TempID<T>>;
  async extend(token: { readonly id: string }, options: ExtendOptions): Promise<void>;
  async extend(
    token: TempID<unknown> | string | { readonly id: string },
    options: ExtendOptions,
  ): Promise<unknown> {
    return this.extensions.extend(token, options);
  }

  /**
   * A new token in the place of a good one, which ends: of the same purpose, subject, audience, payload and binding, with
   * as many uses as the other had left. Of any number of renewals at once exactly one succeeds, and no use beside it is
   * won or lost. Whatever revokes the other by its purpose or subject revokes the new one as well, and so both live, with
   * all that follow, no longer than `maxLifetime` in all.
   *
   * Where the call fails after the old token has ended, such as by an outage, there is no new one.
   *
   * @param token as {@link use} takes it
   * @throws what {@link useOrThrow} throws; TempIDScopeError also for the challenge of a code, TempIDRevokedError for a
   *   token that was renewed already, and TempIDConfigurationError where the store cannot renew, or the format cannot
   *   carry the token
   * @example
   * const next = await tempid.renew(token, Session, { expiresIn: '1h' });
   */
  async renew<Kind extends AnyTempIDKind>(
    token: TempID<unknown> | string,
    kind: Kind,
    options?: BesideKind<RenewOptions>,
  ): Promise<TempIDOf<Kind>>;
  async renew<T = JsonObject | null>(
    token: TempID<T> | string,
    options?: RenewOptions & NoKind,
  ): Promise<TempID<T>>;
  async renew(token: TempID<unknown> | string, ...args: unknown[]): Promise<TempID<unknown>> {
    return orThrow(await this.renewer.renew(token, args));
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
    return this.revocations.revokeSubject(options);
  }

  /**
   * Ends every token of a purpose that was issued so far, whoever it is about. Seen where {@link revoke} is.
   * Further options are what the store adds, such as `manager`.
   *
   * @param given the purpose by its name or a kind, or options with it
   * @throws as {@link revokeSubject}
   * @example
   * await tempid.revokePurpose(Invite);
   * await tempid.revokePurpose({ purpose: 'invite' });
   */
  async revokePurpose(
    given: string | AnyTempIDKind | ({ purpose: string | AnyTempIDKind } & StoreOptions),
    ...beside: [besidePurpose?: StoreOptions]
  ): Promise<void> {
    return this.revocations.revokePurpose([given, ...beside]);
  }

  /**
   * A page of the tokens that were minted `tracked`, those issued last first, with what is left of them. With `state`
   * it looks at 1,000 to 10,000 rows at most, since no index knows states: then there may be fewer items than `limit`,
   * and none, where `next` is not null.
   *
   * @throws TempIDConfigurationError for an option that is wrong, such as an `after` that is no `next` of a page
   * @throws TempIDStoreUnavailableError where the ledger or the store cannot answer
   * @example
   * const { items, next } = await tempid.list({ purpose: Invite, state: 'open', limit: 50 });
   */
  async list(options: ListOptions = {}): Promise<IssuedList> {
    return this.issued.list(options);
  }

  /**
   * What the ledger has of an id, as {@link list} has it, or null. It is no proof that somebody holds the token: ids
   * stand in lists and logs, so `verify` and `use` take none.
   *
   * @throws TempIDStoreUnavailableError where the ledger or the store cannot answer
   */
  async find(id: string): Promise<IssuedTempID | null> {
    return this.issued.find(id);
  }

  /**
   * Removes the counts of tokens that expired over an hour ago, and what the ledger has kept long enough
   * (`keepIssued`), batch after batch. The module calls it by itself (`purgeInterval`).
   *
   * @param options `signal`: ends it after the batch that runs
   * @returns how many
   * @throws TempIDStoreUnavailableError
   */
  async purgeExpired({ signal }: { signal?: AbortSignal } = {}): Promise<number> {
    const purges = [this.counter.purgeExpired(signal), this.issued.purgeExpired(signal)] as const;
    // Where one of them fails, the other is done all the same.
    await Promise.allSettled(purges);
    const [counts, issued] = await Promise.all(purges);
    return counts + issued;
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
}

function orNull(result: TempID<unknown> | Refusal): TempID<unknown> | null {
  return result instanceof Refusal ? null : result;
}

function orThrow<Result>(result: Result | Refusal): Result {
  if (result instanceof Refusal) throw result.toError();
  return result;
}

import { TempIDConfigurationError, TempIDPayloadError } from '../common/errors.js';
import type { LazyLifecycle } from '../common/lazy-lifecycle.js';
import { Refusal } from '../common/refusal.js';
import type { ResolvedOptions } from '../config/options.js';
import type { TempIDEvents } from '../events/tempid-events.js';
import type { Codecs, TempIDMintFormat } from '../formats/codecs.js';
import type { KindRegistry } from '../kinds/kind-registry.js';
import { parsePayload } from '../kinds/kind-payload.js';
import { type AnyTempIDKind, definitionOf } from '../kinds/tempid-kind.js';
import { toBinding } from '../token/binding.js';
import type { Claims } from '../token/claims.js';
import { internalsOf, type TempID, type TokenInternals } from '../token/tempid.js';
import type { StoreOptions } from '../stores/tempid-store.js';
import type { IssuedTokens } from './issued-tokens.js';
import { MINT_BESIDE_KIND, MINT_RULES, readMintArguments, toClaims } from './mint-options.js';
import type { Revocations } from './revocation/revocations.js';
import type { TokenVerifier } from './token-verifier.js';
import type { StoreRules } from './verify-options.js';

/** How a token is written whose claims are there. */
interface WriteOptions extends StoreOptions {
  readonly format: TempIDMintFormat;
  /** Whether it needs no check but that of its time. */
  readonly isVerified: boolean;
  readonly replace?: boolean;
  readonly tracked?: boolean;
  readonly label?: string;
}

/** Makes new tokens. */
export class TokenMinter {
  private readonly rules;
  private readonly rulesBesideKind;

  constructor(
    private readonly options: ResolvedOptions,
    private readonly kinds: KindRegistry,
    private readonly codecs: Codecs,
    private readonly lifecycle: LazyLifecycle,
    private readonly verifier: TokenVerifier,
    private readonly revocations: Revocations,
    private readonly issued: IssuedTokens,
    private readonly events: TempIDEvents,
  ) {
    // The same for each token, so they are made once.
    this.rules = { ...MINT_RULES, ...issued.mintRules };
    this.rulesBesideKind = { ...MINT_BESIDE_KIND, ...issued.mintRules };
  }

  /** How the options are read that the ledger and the store add. */
  get storeRules(): StoreRules {
    return this.issued.mintRules;
  }

  /** @param args options; or a kind, its payload, and options beside it */
  mint(args: readonly unknown[]): Promise<TempID<unknown>> {
    const { kind, options } = readMintArguments('mint', args, this.rules, this.rulesBesideKind);
    const { format = this.options.format } = options;
    const claims = toClaims(options, this.options, Date.now());
    return this.write(kind, claims, { ...options, format, isVerified: true });
  }

  /** Writes a token of the kind, or of none; into the ledger first, where it is tracked. */
  async write(
    kind: AnyTempIDKind | null,
    claims: Claims,
    how: WriteOptions,
  ): Promise<TempID<unknown>> {
    const { format, isVerified, label = null, replace } = how;
    const tracked = how.tracked || format === 'short';
    const transaction = this.issued.transactionOf({ ...how, tracked });
    const content = kind ? await parsePayload(kind, claims.payload) : undefined;
    if (content instanceof Refusal) throw new TempIDPayloadError(content.reason);
    const looksUpBinding = kind && claims.binding === null && definitionOf(kind).boundTo;
    const bound = looksUpBinding
      ? { ...claims, binding: await this.bindingOf(kind, claims, content?.payload) }
      : claims;
    const issued = await this.revocations.issue(bound, replace);
    const token = await this.encode(issued, format, isVerified, content);
    if (tracked) await this.track(token, issued.issuedAt, label, transaction);
    if (replace) await this.revocations.replaceOthers(token, transaction);
    this.events.emitOf('minted', token);
    return token;
  }

  /** Writes claims as they are, and makes no event. */
  async encode(
    claims: Claims,
    format: TempIDMintFormat,
    isVerified: boolean,
    content: TokenInternals['content'],
  ): Promise<TempID<unknown>> {
    await this.lifecycle.begun('keys');
    const written = await this.codecs.writer(format).encode(claims);
    return this.verifier.toTempID(written, isVerified, content);
  }

  /**
   * Writes a token into the ledger.
   *
   * @param issuedAt Unix milliseconds, which not each format carries. What is sealed in the ledger is as the format has it
   */
  async track(
    token: TempID<unknown>,
    issuedAt: number | null,
    label: string | null,
    transaction: StoreOptions,
  ): Promise<void> {
    const { id, format, claims, sealed = null } = internalsOf(token).token;
    const listed = sealed === null ? { ...claims, issuedAt } : claims;
    const row = this.issued.rowOf(listed, { id, format, label, sealed });
    await this.issued.ledger.add(row, transaction);
  }

  private async bindingOf(
    kind: AnyTempIDKind,
    { subject, audience }: Claims,
    payload: unknown,
  ): Promise<Buffer> {
    const { purpose } = kind;
    const boundTo = await this.kinds.bindingOf(kind, { payload, subject, purpose, audience });
    if (typeof boundTo === 'string' && boundTo !== '') return toBinding(boundTo);
    throw new TempIDConfigurationError(
      `'boundTo' of the kind '${purpose}' found nothing that the token could be bound to` +
        `${subject === null ? ', and no subject was given' : ''}: give mint what it looks up by, or 'boundTo' itself.`,
    );
  }
}

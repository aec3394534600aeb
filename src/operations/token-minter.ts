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
import type { TempID, TokenInternals } from '../token/tempid.js';
import { MINT_BESIDE_KIND, MINT_RULES, readMintArguments, toClaims } from './mint-options.js';
import type { Revocations } from './revocation/revocations.js';
import type { TokenVerifier } from './token-verifier.js';

/** Makes new tokens. */
export class TokenMinter {
  constructor(
    private readonly options: ResolvedOptions,
    private readonly kinds: KindRegistry,
    private readonly codecs: Codecs,
    private readonly lifecycle: LazyLifecycle,
    private readonly verifier: TokenVerifier,
    private readonly revocations: Revocations,
    private readonly events: TempIDEvents,
  ) {}

  /** @param args options; or a kind, its payload, and options beside it */
  mint(args: readonly unknown[]): Promise<TempID<unknown>> {
    const { kind, options } = readMintArguments('mint', args, MINT_RULES, MINT_BESIDE_KIND);
    const { format = this.options.format, replace = false } = options;
    const claims = toClaims(options, this.options, Date.now());
    return this.write(kind, claims, { format, replace, isVerified: true });
  }

  /**
   * Writes a token of the kind, or of none.
   *
   * @param isVerified whether the token needs no check but that of its time
   */
  async write(
    kind: AnyTempIDKind | null,
    claims: Claims,
    how: { format: TempIDMintFormat; replace: boolean; isVerified: boolean },
  ): Promise<TempID<unknown>> {
    const { format, replace, isVerified } = how;
    const content = kind ? await parsePayload(kind, claims.payload) : undefined;
    if (content instanceof Refusal) throw new TempIDPayloadError(content.reason);
    const looksUpBinding = kind && claims.binding === null && definitionOf(kind).boundTo;
    const bound = looksUpBinding
      ? { ...claims, binding: await this.bindingOf(kind, claims, content?.payload) }
      : claims;
    const issued = await this.revocations.issue(bound);
    const token = await this.encode(issued, format, isVerified, content);
    if (replace) await this.revocations.replaceOthers(token);
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

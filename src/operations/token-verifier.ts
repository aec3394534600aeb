import { TempIDFormatError } from '../common/errors.js';
import type { LazyLifecycle } from '../common/lazy-lifecycle.js';
import { Refusal } from '../common/refusal.js';
import type { ResolvedOptions } from '../config/options.js';
import type { CallNotes, TempIDEvents } from '../events/tempid-events.js';
import type { TempIDReader } from '../formats/codec.js';
import type { KindRegistry } from '../kinds/kind-registry.js';
import { parsePayload } from '../kinds/kind-payload.js';
import { type AnyTempIDKind, definitionOf } from '../kinds/tempid-kind.js';
import type { StoreOptions } from '../stores/tempid-store.js';
import type { DecodedToken } from '../token/decoded-token.js';
import { internalsOf, TempID, type TokenInternals } from '../token/tempid.js';
import { trimToken } from '../token/token-ends.js';
import {
  refuseByBinding,
  refuseByNamedScope,
  refuseByScope,
  refuseByTime,
} from './token-checks.js';
import type { VerifyOptions } from './verify-options.js';

const NOT_ACCEPTED = new Refusal(
  TempIDFormatError,
  'The string is not a token of a format that is accepted here.',
);

/**
 * Tells good tokens from bad ones, by what is in them and what the options name. Asks no store; of a short token the
 * ledger is asked for what is in it.
 */
export class TokenVerifier {
  /** @param accepted the formats that are read */
  constructor(
    private readonly accepted: readonly TempIDReader[],
    private readonly options: ResolvedOptions,
    private readonly kinds: KindRegistry,
    private readonly lifecycle: LazyLifecycle,
    private readonly events: TempIDEvents,
  ) {}

  /** @param isVerified whether the token needs no check but that of its time */
  toTempID(token: DecodedToken, isVerified: boolean, content?: TokenInternals['content']): TempID {
    return new TempID({ token, authority: this, isVerified, content });
  }

  /** An authentic token, of which nothing else is checked. */
  async read(value: unknown, ofStore: StoreOptions = {}): Promise<TempID | Refusal> {
    const token = await this.decode(value, ofStore);
    return token instanceof Refusal ? this.refuse(token) : this.toTempID(token, false);
  }

  /** As {@link read}. A TempID of another service, or of a key that was taken out since, is read anew. */
  async authenticate(
    token: TempID<unknown> | string,
    ofStore: StoreOptions = {},
  ): Promise<TempID<unknown> | Refusal> {
    if (!(token instanceof TempID)) return this.read(token, ofStore);
    if (!this.isTrusted(token)) return this.read(token.value, ofStore);
    const current = await this.renewed(token, ofStore);
    return current instanceof Refusal ? this.refuse(current) : current;
  }

  /** Tells that a token was refused by a call that neither verifies nor uses it. */
  refuse(refusal: Refusal, token?: TempID<unknown>): Refusal {
    if (this.events.isObserved) this.events.emitRefused(refusal.toError().code, token);
    return refusal;
  }

  /**
   * Checks everything; of a TempID that was made or verified here, by the same kind if one is named, only its
   * time and what these options name.
   */
  async check(
    token: unknown,
    options: VerifyOptions & StoreOptions,
    notes?: CallNotes,
  ): Promise<TempID | Refusal> {
    if (!(token instanceof TempID)) return this.checkValue(token, options, notes);
    if (!this.isVerified(token, options.kind)) return this.checkValue(token.value, options, notes);
    const given = await this.renewed(token, options);
    if (given instanceof Refusal) return given;
    const decoded = internalsOf(given).token;
    if (notes) notes.token = decoded;
    const { claims } = decoded;
    const bound = this.withBinding(options);
    const refusal =
      refuseByTime(claims, Date.now(), this.options.leeway) ??
      refuseByNamedScope(claims, bound) ??
      ('boundTo' in bound ? await refuseByBinding(claims, bound, () => given) : null);
    return (
      refusal ?? (this.isTrusted(given) ? given : this.checkValue(given.value, options, notes))
    );
  }

  /** As {@link check}, of a string: everything is checked. */
  async checkValue(
    value: unknown,
    options: VerifyOptions & StoreOptions,
    notes?: CallNotes,
  ): Promise<TempID | Refusal> {
    const token = await this.decode(value, options);
    if (token instanceof Refusal) return token;
    if (notes) notes.token = token;
    const { claims, key } = token;
    const now = Date.now();
    const early =
      refuseByTime(claims, now, this.options.leeway) ??
      refuseByScope(claims, options, this.options);
    if (early) return early;
    const content = options.kind && (await parsePayload(options.kind, claims.payload));
    if (content instanceof Refusal) return content;
    const refusal = await refuseByBinding(claims, this.withBinding(options), () =>
      this.toTempID(token, false, content),
    );
    if (refusal) return refusal;
    // Schemas and look-ups take their time, in which the key may have been taken out.
    if (!key.isTrusted()) return this.checkValue(value, options, notes);
    key.noteVerified(now);
    return this.toTempID(token, true, content);
  }

  /** The options, with the binding of the kind where they name none themselves. */
  private withBinding(options: VerifyOptions): VerifyOptions {
    const { kind, context } = options;
    if (!kind || 'boundTo' in options || !definitionOf(kind).boundTo) return options;
    return { ...options, boundTo: (token) => this.kinds.bindingOf(kind, token, context) };
  }

  private decode(value: unknown, ofStore: StoreOptions): ReturnType<TempIDReader['decode']> {
    if (typeof value !== 'string') return NOT_ACCEPTED;
    const beginning = this.lifecycle.begun('keys');
    if (beginning) return beginning.then(() => this.decode(value, ofStore));
    const token = trimToken(value);
    const codec = this.accepted.find((candidate) => candidate.recognizes(token));
    return codec ? codec.decode(token, ofStore) : NOT_ACCEPTED;
  }

  /** A short token as it is now: it may have been changed, or have ended, since it was made or read. */
  private async renewed<T>(
    given: TempID<T>,
    ofStore: StoreOptions,
  ): Promise<TempID<T> | TempID | Refusal> {
    const { token, isVerified, content } = internalsOf(given);
    if (token.sealed === undefined) return given;
    const current = await this.decode(token.value, ofStore);
    if (current instanceof Refusal) return current;
    return current.sealed === token.sealed ? given : this.toTempID(current, isVerified, content);
  }

  private isVerified(given: TempID<unknown>, kind?: AnyTempIDKind): boolean {
    const { isVerified, content } = internalsOf(given);
    return isVerified && this.isTrusted(given) && (!kind || content?.kind === kind);
  }

  private isTrusted(given: TempID<unknown>): boolean {
    const { authority, token } = internalsOf(given);
    return authority === this && token.key.isTrusted();
  }
}

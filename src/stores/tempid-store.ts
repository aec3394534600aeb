import type { FactoryProvider, ModuleMetadata, Provider, Type } from '@nestjs/common';
import { TempIDConfigurationError } from '../common/errors.js';
import { TtlCache } from './ttl-cache.js';

/** The count of a revoked token: every use that a token can have is spent. */
export const REVOKED_COUNT = 2_147_483_647;

/** What a store answers to one use. */
export interface ConsumeResult {
  /** Whether this use was spent and may go on. */
  readonly allowed: boolean;
  /** How many uses are spent now; {@link REVOKED_COUNT} of a revoked token. */
  readonly used: number;
}

/**
 * What a use says to the store beside the token. The entry of a store adds its own by declaration merging:
 * `nestjs-tempid/typeorm` adds `manager`.
 */
export interface ConsumeOptions {
  /** By `performance.now()`: nobody waits for the answer any longer, so what was not sent by then need not be. */
  readonly deadline?: number;
  /** Of a token that belongs to scopes: what was revoked of one of them ends the token, too. */
  readonly issuance?: Issuance;
}

/** What a caller says to the store, which only a store that knows it takes: to `nestjs-tempid/typeorm` the `manager`. */
export type StoreOptions = Omit<ConsumeOptions, 'deadline' | 'issuance'>;

/** When a token was issued, and to which scopes it belongs. */
export interface Issuance {
  /** Unix milliseconds. */
  readonly at: number;
  /** The ids of its scopes, at most three. An id is as long as that of a token, and is the id of no token. */
  readonly scopes: readonly string[];
}

/** What was revoked of a scope of tokens: those that were issued up to a moment. */
export interface ScopeRevocation {
  /** Unix milliseconds: a token of this very moment is revoked, too. */
  readonly issuedUntil: number;
  /** The id of the one token of that very moment which goes on; null: there is none. */
  readonly except: string | null;
}

/**
 * How often tokens were used. The abstract class is also the injection token of the store in use.
 *
 * A store sees ids, never tokens. What it throws is answered as `TempIDStoreUnavailableError`: no use
 * is allowed by a store that did not say so.
 */
export abstract class TempIDStore {
  readonly #remembered = new TtlCache();

  /**
   * Spends one use if fewer than `maxUses` are spent, in one atomic step. A token that what was revoked of its
   * scopes ends (`options.issuance`) is refused with {@link REVOKED_COUNT}.
   *
   * @param keepUntil the count may be forgotten after this moment, never before
   */
  abstract consume(
    id: string,
    maxUses: number,
    keepUntil: Date,
    options?: ConsumeOptions,
  ): Promise<ConsumeResult>;

  /**
   * How many uses are spent; 0 of an id that is not known, {@link REVOKED_COUNT} of a revoked one, and of one
   * that what was revoked of its scopes ends.
   */
  abstract used(id: string, options?: ConsumeOptions): Promise<number>;

  /** Gives one use back, never below zero, and never of a revoked token. */
  abstract refund(id: string, options?: ConsumeOptions): Promise<void>;

  /** Spends every use at once, for good. */
  abstract revoke(id: string, keepUntil: Date, options?: ConsumeOptions): Promise<void>;

  /**
   * Revokes the tokens of a scope that were issued up to a moment. Of a scope only the latest moment is kept,
   * whatever the order in which they come, and of one moment what came last. Unless a store overrides it, it has
   * no scopes; one that does heeds `issuance` in {@link consume} and {@link used}.
   *
   * @param keepUntil it may be forgotten after this moment, and the latest that was given, never before
   * @throws TempIDConfigurationError where the store keeps no scopes
   */
  async revokeScope(
    _group: string,
    _revocation: ScopeRevocation,
    _keepUntil: Date,
    _options?: ConsumeOptions,
  ): Promise<void> {
    throw new TempIDConfigurationError(
      `${this.constructor.name} keeps no revocations of subjects and purposes: it must override 'revokeScope'.`,
    );
  }

  /**
   * Forgets a batch of the counts, and of what was revoked of scopes, whose `keepUntil` is before `now`: few enough
   * to be done in a fraction of a second, without a walk over the others. Returns how many; it is called again until
   * that is 0.
   */
  abstract purgeExpired(now: Date, options?: ConsumeOptions): Promise<number>;

  /** The options of {@link ConsumeOptions} that a caller of `use` or of a revocation may give; any other is refused. */
  readonly useOptions: readonly (keyof ConsumeOptions)[] = [];

  /**
   * Keeps a sealed answer for the moments in which somebody may click a second time (`grace` of
   * `@TempIDLink`). Unless a store says otherwise it stays in the memory of this process.
   */
  async remember(
    id: string,
    value: Uint8Array,
    until: Date,
    _options?: ConsumeOptions,
  ): Promise<void> {
    this.#remembered.set(id, value, until);
  }

  /** What was kept under this id; null where nothing was, or its time is over. */
  async recall(id: string, _options?: ConsumeOptions): Promise<Uint8Array | null> {
    return this.#remembered.get(id);
  }

  /** What the class itself brings along when it is given as `store`. */
  static register(): TempIDStoreRegistration {
    return { store: this as unknown as Type<TempIDStore> };
  }
}

/** A store with what it needs: what `register` and `registerAsync` of a store return. */
export interface TempIDStoreRegistration {
  readonly store: Type<TempIDStore>;
  readonly imports?: NonNullable<ModuleMetadata['imports']>;
  readonly providers?: readonly Provider[];
}

/** What `registerAsync` of a store takes: a factory of its options, and what the factory is given. */
export interface AsyncStoreOptions<Options> {
  readonly imports?: NonNullable<ModuleMetadata['imports']>;
  readonly inject?: NonNullable<FactoryProvider['inject']>;
  readonly useFactory: FactoryProvider<Options>['useFactory'];
}

/** What the option `store` takes: a class that extends {@link TempIDStore}, or what its `register` returned. */
export type TempIDStoreOption = Type<TempIDStore> | TempIDStoreRegistration;

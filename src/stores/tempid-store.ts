import type { FactoryProvider, ModuleMetadata, Provider, Type } from '@nestjs/common';
import { OnePerProcess } from '../common/one-per-process.js';

/** The count of a revoked token: every use that a token can have is spent. */
export const REVOKED_COUNT = 2_147_483_647;

/** What a store answers to one use. */
export interface ConsumeResult {
  /** Whether this use was spent and may go on. */
  readonly allowed: boolean;
  /** How many uses are spent now; {@link REVOKED_COUNT} of a revoked token. */
  readonly used: number;
  /** With `by`: whether the same one had its use before. Nothing is spent now, and `repeat` decides `allowed`. */
  readonly repeated?: boolean;
}

/** What a call tells the store beside the token. */
export interface ConsumeOptions {
  /** By `performance.now()`: nobody waits for the answer after it, so what was not sent by then need not be. */
  readonly deadline?: number;
  /** Of a token that belongs to scopes. Only a store with `ScopeRevocations` reads it. */
  readonly issuance?: Issuance;
  /** Who uses the token: 1 to 255 characters. Each has at most one use of it. Only a store with `UsedByStore` reads it. */
  readonly by?: string;
  /**
   * With `by`: for how many milliseconds after their use the same one is let through again, without a further one;
   * true: as long as the count is kept. Default: not at all.
   */
  readonly repeat?: number | true;
  /**
   * An open transaction of the store's connection: with TypeOrmTempIDStore the `EntityManager` that
   * `dataSource.transaction` gives. The use is spent when that commits, and is not when it rolls back. Until then other
   * uses of the token wait. Only a store that names it in `useOptions` reads it.
   */
  readonly manager?: object;
}

/** The options that a caller of `use` or of a revocation may add. */
export type StoreOptions = Omit<ConsumeOptions, 'deadline' | 'issuance' | 'by' | 'repeat'>;

/** When a token was issued, and to which scopes it belongs. */
export interface Issuance {
  /** Unix milliseconds. */
  readonly at: number;
  /** The ids of its scopes, at most three. An id is as long as that of a token, and is the id of no token. */
  readonly scopes: readonly string[];
}

/**
 * How often tokens were used. The abstract class is also the injection token of the store in use.
 *
 * A store sees ids, never tokens. What it throws is answered as `TempIDStoreUnavailableError`: no use is allowed by
 * a store that did not say so. Further parts are optional, and found by their methods: `ScopeRevocations`,
 * `UsedByStore` and `CountChanges`.
 */
@OnePerProcess('TempIDStore')
export abstract class TempIDStore {
  /** The options of {@link ConsumeOptions} that a caller may give to this store; any other is refused. */
  readonly useOptions: readonly (keyof StoreOptions)[] = [];

  /**
   * Spends one use if fewer than `maxUses` are spent, in one atomic step.
   *
   * @param keepUntil the count may be forgotten after this moment, never before
   */
  abstract consume(
    id: string,
    maxUses: number,
    keepUntil: Date,
    options?: ConsumeOptions,
  ): Promise<ConsumeResult>;

  /** How many uses are spent; 0 of an unknown id, {@link REVOKED_COUNT} of a revoked token. */
  abstract used(id: string, options?: ConsumeOptions): Promise<number>;

  /**
   * {@link used} of many tokens, in the order of their ids: what a page of a list asks once. A store does it by one
   * question to its server; this one asks for each.
   *
   * @param options `issuances`: of each id, in the same order
   */
  async usedOf(
    ids: readonly string[],
    options: ConsumeOptions & { readonly issuances?: readonly (Issuance | undefined)[] } = {},
  ): Promise<readonly number[]> {
    const { issuances, ...others } = options;
    return Promise.all(
      ids.map((id, index) => {
        const issuance = issuances?.[index];
        return this.used(id, { ...others, ...(issuance && { issuance }) });
      }),
    );
  }

  /**
   * Makes one spent use available again, never below zero, and never of a revoked token. With `by` the use of that
   * one, who is forgotten; nothing where they have none.
   */
  abstract refund(id: string, options?: ConsumeOptions): Promise<void>;

  /** Spends every use at once, for good. */
  abstract revoke(id: string, keepUntil: Date, options?: ConsumeOptions): Promise<void>;

  /**
   * Forgets a batch of what may be forgotten before `now`: few enough to take a fraction of a second, without a walk
   * over the others. Returns how many; it is called again until that is 0.
   */
  abstract purgeExpired(now: Date, options?: ConsumeOptions): Promise<number>;

  /** The store with what it needs, for the option `store`. */
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

/** What `registerAsync` of a store takes: a factory of its options, and what is injected into the factory. */
export interface AsyncStoreOptions<Options> {
  readonly imports?: NonNullable<ModuleMetadata['imports']>;
  readonly inject?: NonNullable<FactoryProvider['inject']>;
  readonly useFactory: FactoryProvider<Options>['useFactory'];
}

/** What the option `store` takes: a class that extends {@link TempIDStore}, or what its `register` returned. */
export type TempIDStoreOption = Type<TempIDStore> | TempIDStoreRegistration;

/**
 * What `registerAsync` of a store returns.
 *
 * @param token by which the store injects what the factory makes
 */
export function registrationByFactory<Options>(
  store: Type<TempIDStore>,
  token: symbol,
  { imports = [], inject = [], useFactory }: AsyncStoreOptions<Options>,
): TempIDStoreRegistration {
  return { store, imports, providers: [{ provide: token, inject: [...inject], useFactory }] };
}

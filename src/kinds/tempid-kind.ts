import type { Duration } from '../common/duration.js';
import type { TempID } from '../token/tempid.js';
import type { StandardSchemaV1 } from './standard-schema.js';
import type { BindingClass, BindingLookup } from './tempid-binding.js';
import { OnePerProcess, onePerProcess } from '../common/one-per-process.js';

/** What all tokens of a kind have in common. */
interface KindDefinition {
  readonly purpose: string;
  readonly expiresIn?: Duration;
  readonly maxUses?: number;
  readonly audience?: string;
  readonly tracked?: boolean;
  readonly schema: StandardSchemaV1 | null;
  readonly boundTo: BindingLookup<never> | BindingClass | null;
}

/** Assigned by the class below: only its own code reads a private field, and no public property may show one. */
let definitionOf: (kind: AnyTempIDKind) => KindDefinition;

/**
 * What tokens of one sort have in common, in one value: purpose, life, uses, audience, and the type and the
 * schema of their payload. {@link defineTempID} makes it; it never changes.
 *
 * `Input` is what `mint` takes as the payload, `Output` what a token's `payload` is; null: there is none.
 */
@OnePerProcess('TempIDKind')
export class TempIDKind<Input, Output = Input> {
  readonly #definition: KindDefinition;

  /** Only for the compiler: there is no such property. */
  declare readonly '~types': {
    readonly input: (payload: Input) => void;
    readonly output: Output;
  };

  /** No option has this name, so a kind of another copy of this package is refused, and not taken for options. */
  readonly '~kind' = true;

  static {
    definitionOf = onePerProcess('definitionOf', () => (kind) => kind.#definition);
  }

  /** @internal */
  constructor(definition: KindDefinition) {
    this.#definition = definition;
    Object.freeze(this);
  }

  /** What its tokens are for. */
  get purpose(): string {
    return this.#definition.purpose;
  }

  /** How long its tokens work; undefined: `mint` decides, or the module. */
  get expiresIn(): Duration | undefined {
    return this.#definition.expiresIn;
  }

  /** How often its tokens work; 0: as often as one likes; undefined: `mint` decides. */
  get maxUses(): number | undefined {
    return this.#definition.maxUses;
  }

  /** Whom its tokens are for; undefined: the module decides. */
  get audience(): string | undefined {
    return this.#definition.audience;
  }

  /** Whether the ledger keeps which of its tokens were issued; undefined: `mint` decides. */
  get tracked(): boolean | undefined {
    return this.#definition.tracked;
  }
}

export { definitionOf };

/** Any kind, whatever its payload is. */
export type AnyTempIDKind = TempIDKind<never, unknown>;

/** What the payload is where a token of the kind is read: `PayloadOf<typeof PasswordReset>`. */
export type PayloadOf<Kind extends AnyTempIDKind> = Kind['~types']['output'];

/** What `mint` takes as the payload of the kind. */
export type PayloadInputOf<Kind extends AnyTempIDKind> = Parameters<Kind['~types']['input']>[0];

/** A token of the kind: `TempIDOf<typeof PasswordReset>`. */
export type TempIDOf<Kind extends AnyTempIDKind> = TempID<PayloadOf<Kind>>;

/** The options of a call beside a kind, which gives the purpose and the audience, and before which the payload stands. */
export type BesideKind<Options> = Options extends unknown
  ? Omit<Options, 'payload' | 'purpose' | 'audience' | 'kind'>
  : never;

/** By its properties alone a kind could be taken for options, which would drop its schema. */
export interface NoKind {
  readonly '~types'?: never;
}

import { LAST_MOMENT, MAX_USES } from '../token/claims.js';

/** The claims of a token, as JSON has them. */
export type ClaimsSet = Readonly<Record<string, unknown>>;

const LAST_SECOND = LAST_MOMENT / 1_000;
const NOT_EMPTY = /./s;

/** Reads claims by type: null for one that is absent, and the first one of another type in `wrong`. */
export class ClaimReader {
  wrong: string | null = null;

  constructor(private readonly set: ClaimsSet) {}

  text(name: string, shape = NOT_EMPTY): string | null {
    return this.read(
      name,
      (value): value is string =>
        typeof value === 'string' && value.isWellFormed() && shape.test(value),
    );
  }

  /** Unix seconds, perhaps with a fraction (NumericDate of RFC 7519 §2). */
  time(name: string): number | null {
    return this.read(
      name,
      (value): value is number => typeof value === 'number' && value >= 0 && value <= LAST_SECOND,
    );
  }

  uses(name: string): number | null {
    return this.whole(name, 1, MAX_USES);
  }

  whole(name: string, minimum: number, maximum: number): number | null {
    return this.read(
      name,
      (value): value is number =>
        typeof value === 'number' &&
        Number.isInteger(value) &&
        value >= minimum &&
        value <= maximum,
    );
  }

  private read<V>(name: string, isRight: (value: unknown) => value is V): V | null {
    if (!Object.hasOwn(this.set, name)) return null;
    const value = this.set[name];
    if (isRight(value)) return value;
    this.wrong ??= name;
    return null;
  }
}

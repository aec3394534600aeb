/** Reads claims by type: null for one that is absent. `malformed` names the first one of another type or range. */
export class ClaimReader<Name> {
  malformed: Name | undefined;

  constructor(private readonly claims: ReadonlyMap<Name, unknown>) {}

  text(name: Name, shape?: RegExp): string | null {
    return this.read(
      name,
      (value): value is string =>
        typeof value === 'string' && value.isWellFormed() && (shape?.test(value) ?? true),
    );
  }

  number(name: Name, minimum: number, maximum: number): number | null {
    return this.read(
      name,
      (value): value is number => typeof value === 'number' && value >= minimum && value <= maximum,
    );
  }

  integer(name: Name, minimum: number, maximum: number): number | null {
    const value = this.number(name, minimum, maximum);
    if (value === null || Number.isInteger(value)) return value;
    this.malformed ??= name;
    return null;
  }

  read<Value>(name: Name, isRight: (value: unknown) => value is Value): Value | null {
    const value = this.claims.get(name);
    if (value === undefined) return null;
    if (isRight(value)) return value;
    this.malformed ??= name;
    return null;
  }
}

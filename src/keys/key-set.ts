import { TempIDConfigurationError } from '../common/errors.js';
import type { RotatingKey } from './rotating-key.js';

/** What a list must know of its keys. */
export interface KeyRules<Id, Key> {
  idOf(key: Key): Id;
  /** Whether two keys of one id are one key. */
  isSame(one: Key, other: Key): boolean;
  /** What is wrong where the key of this number, from 1, has the id of another. */
  twice(number: number): string;
  /** What is wrong where the `notAfter` of every key has passed. */
  readonly allOver: string;
}

/** The keys in use, newest first. They may be replaced while tokens are made and read. */
export class KeySet<Id, Key extends RotatingKey> {
  #keys: readonly Key[] = [];
  #byId: ReadonlyMap<Id, Key> = new Map();

  constructor(private readonly rules: KeyRules<Id, Key>) {}

  /** All of them, also those that are over. */
  get all(): readonly Key[] {
    return this.#keys;
  }

  withId(id: Id): Key | undefined {
    const key = this.#byId.get(id);
    return key?.isExpired() ? undefined : key;
  }

  /** The newest that is not over and of which this is true. */
  find(isRight: (key: Key) => boolean): Key | undefined {
    return this.#keys.find((key) => !key.isExpired() && isRight(key));
  }

  /**
   * Takes these keys instead, all at once or not at all. One that is there already goes on with what was
   * derived from it and what was counted of it.
   *
   * @returns whether that changed anything
   * @throws {@link TempIDConfigurationError} where two have one id, or the `notAfter` of all has passed
   */
  replace(keys: readonly Key[]): boolean {
    const byId = new Map<Id, Key>();
    for (const [index, key] of keys.entries()) {
      const id = this.rules.idOf(key);
      if (byId.has(id)) throw new TempIDConfigurationError(this.rules.twice(index + 1));
      const known = this.#byId.get(id);
      byId.set(id, known && this.rules.isSame(known, key) ? known : key);
    }
    if (keys.every((key) => key.isExpired()))
      throw new TempIDConfigurationError(this.rules.allOver);

    const next = [...byId.values()];
    const isChanged =
      next.length !== this.#keys.length ||
      next.some((key, index) => key !== this.#keys[index]) ||
      next.some((key, index) => key.notAfter !== keys[index]?.notAfter);
    for (const [index, key] of next.entries()) key.notAfter = keys[index]?.notAfter ?? Infinity;
    for (const key of this.#keys) key.isListed = next.includes(key);
    for (const key of next) key.isListed = true;
    this.#keys = next;
    this.#byId = byId;
    return isChanged;
  }
}

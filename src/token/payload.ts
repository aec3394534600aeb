import { type JsonObject, type JsonValue, MAX_PAYLOAD_DEPTH } from './claims.js';
import { TempIDPayloadError, TempIDPayloadTooLargeError } from '../common/errors.js';

/**
 * A frozen copy of a payload, as a token can carry it. A property that is undefined is left out, as in JSON; any other
 * value that JSON would drop or change is refused.
 *
 * @throws {@link TempIDPayloadError} where the payload is no object or holds such a value
 * @throws {@link TempIDPayloadTooLargeError} where its JSON is over `maxBytes` bytes of UTF-8
 */
export function toPayload(payload: unknown, maxBytes: number): JsonObject {
  const copy = copyJson(payload, 'payload', 0);
  if (typeof copy !== 'object' || copy === null || Array.isArray(copy)) {
    throw new TempIDPayloadError('The payload must be an object, such as { userId: 42 }.');
  }
  const bytes = Buffer.byteLength(JSON.stringify(copy));
  if (bytes > maxBytes) {
    throw new TempIDPayloadTooLargeError(
      `The payload has ${bytes} bytes of JSON; at most ${maxBytes} are allowed (maxPayloadBytes). ` +
        'Put an id into the token and the rest into your database.',
    );
  }
  return copy as JsonObject;
}

/** A parsed JSON document, frozen, where it is an object; otherwise null. */
export function freezeJsonObject(value: unknown): JsonObject | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  return freeze(value) as JsonObject;
}

/** Whether a parsed JSON document is nested deeper than a payload may be. Looks no deeper than that. */
export function isTooDeep(value: unknown, depth = 0): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return (
    depth > MAX_PAYLOAD_DEPTH || Object.values(value).some((item) => isTooDeep(item, depth + 1))
  );
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const item of Object.values(value)) freeze(item);
    Object.freeze(value);
  }
  return value;
}

function copyJson(value: unknown, path: string, depth: number): JsonValue {
  if (depth > MAX_PAYLOAD_DEPTH) {
    throw new TempIDPayloadError(`The payload is nested deeper than ${MAX_PAYLOAD_DEPTH} levels.`);
  }
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      if (Number.isFinite(value)) return value;
      throw new TempIDPayloadError(`${path} is ${value}, which JSON does not have.`);
    case 'object':
      if (value === null) return null;
      return Array.isArray(value) ? copyArray(value, path, depth) : copyObject(value, path, depth);
    default:
      throw new TempIDPayloadError(`${path} is ${typeof value}, which JSON does not have.`);
  }
}

function copyArray(array: readonly unknown[], path: string, depth: number): readonly JsonValue[] {
  assertPlain(array, path, array.length);
  return Object.freeze(
    Array.from(array, (item, index) => copyJson(item, `${path}[${index}]`, depth + 1)),
  );
}

function copyObject(object: object, path: string, depth: number): JsonObject {
  if (tagOf(object) !== 'Object') throw wouldChange(object, path);
  assertPlain(object, path);
  const copy: Record<string, JsonValue> = {};
  for (const [key, value] of Object.entries(object)) {
    if (value === undefined) continue;
    const item = copyJson(value, `${path}.${key}`, depth + 1);
    if (key === '__proto__') Object.defineProperty(copy, key, { value: item, enumerable: true });
    else copy[key] = item;
  }
  return Object.freeze(copy);
}

/** Refuses an object that is more than its properties, or an array that is more than its items. */
function assertPlain(object: object, path: string, items?: number): void {
  const hasMore = items !== undefined && Object.keys(object).length > items;
  const hasToJson = 'toJSON' in object && typeof object.toJSON === 'function';
  if (hasMore || hasToJson || Object.getOwnPropertySymbols(object).length > 0) {
    throw wouldChange(object, path);
  }
}

function wouldChange(object: object, path: string): TempIDPayloadError {
  return new TempIDPayloadError(
    `${path} is of the type ${tagOf(object)} and JSON would change it: give its text or its number instead.`,
  );
}

function tagOf(object: object): string {
  return Object.prototype.toString.call(object).slice('[object '.length, -1);
}

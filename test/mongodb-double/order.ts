import { Double, Int32, Long } from 'bson';

/**
 * How two values of BSON are ordered, below zero where the first is less: numbers by their value, whatever their
 * types, moments, and strings. As in MongoDB, what is of another kind is neither less nor greater nor equal; so
 * is what is not there. https://www.mongodb.com/docs/manual/reference/method/db.collection.find/#type-bracketing
 */
export function compare(one: unknown, other: unknown): number | undefined {
  const [first, second] = [keyOf(one), keyOf(other)];
  if (first === undefined || second === undefined || first.kind !== second.kind) return undefined;
  if (first.key === second.key) return 0;
  return first.key < second.key ? -1 : 1;
}

function keyOf(value: unknown): { kind: string; key: number | string } | undefined {
  if (typeof value === 'string') return { kind: 'string', key: value };
  if (value instanceof Date) return { kind: 'moment', key: value.getTime() };
  const number = numberOf(value);
  return number === undefined || Number.isNaN(number) ? undefined : { kind: 'number', key: number };
}

function numberOf(value: unknown): number | undefined {
  if (value instanceof Int32 || value instanceof Double) return value.value;
  if (!(value instanceof Long)) return undefined;
  const number = value.toNumber();
  return Number.isSafeInteger(number) ? number : undefined;
}

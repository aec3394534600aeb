import { Int32 } from 'bson';
import { type Fields, unknown } from './command-error.js';

export type { Fields } from './command-error.js';

/** @throws CommandError for a field that is not among the names */
export function expectOnly(fields: Fields, names: readonly string[], what: string): void {
  for (const name of Object.keys(fields)) {
    if (!names.includes(name)) throw unknown(`the field '${name}' of ${what}`);
  }
}

export function expectFields(value: unknown, what: string): Fields {
  const isFields = typeof value === 'object' && value?.constructor === Object;
  if (isFields) return value as Fields;
  throw unknown(`${what} that is no document`);
}

export function expectList(value: unknown, what: string): unknown[] {
  if (Array.isArray(value)) return value;
  throw unknown(`${what} that is no list`);
}

export function expectText(value: unknown, what: string): string {
  if (typeof value === 'string') return value;
  throw unknown(`${what} that is no string`);
}

export function expectFlag(value: unknown, what: string): boolean {
  if (typeof value === 'boolean') return value;
  throw unknown(`${what} that is no boolean`);
}

export function expectInt32(value: unknown, what: string): number {
  if (value instanceof Int32) return value.value;
  throw unknown(`${what} that is no int32`);
}

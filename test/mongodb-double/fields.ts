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

/** The value of a field, or of a field within one, by a name such as 'outer.inner'. */
export function valueAt(document: Fields, path: string): unknown {
  const [name = '', ...within] = path.split('.');
  const value = Object.hasOwn(document, name) ? document[name] : undefined;
  if (within.length === 0 || value === undefined) return value;
  return valueAt(expectFields(value, `the field '${name}'`), within.join('.'));
}

/** The document with another value there; undefined: without the field. */
export function withValueAt(document: Fields, path: string, value: unknown): Fields {
  const [name = '', ...within] = path.split('.');
  const { [name]: before, ...others } = document;
  if (within.length === 0) return value === undefined ? others : { ...document, [name]: value };
  if (before === undefined && value === undefined) return document;
  const outer = expectFields(before ?? {}, `the field '${name}'`);
  return { ...document, [name]: withValueAt(outer, within.join('.'), value) };
}

import type { JsonObject } from '../token/claims.js';
import { TempIDTokenPayloadError } from '../common/errors.js';
import { Refusal } from '../common/refusal.js';
import { type AnyTempIDKind, definitionOf } from './tempid-kind.js';

const MAX_PATHS = 5;
const MAX_KEY_LENGTH = 40;
const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

/**
 * What the schema of a kind makes of a payload, or why it does not fit. The reason names where, and no value: it has
 * neither the messages of the validator nor what it threw.
 */
export async function parsePayload(
  kind: AnyTempIDKind,
  payload: JsonObject | null,
): Promise<{ readonly kind: AnyTempIDKind; readonly payload: unknown } | Refusal> {
  const { schema } = definitionOf(kind);
  if (!schema) return { kind, payload };
  // Validators assign key by key, which would make a prototype of it.
  if (hasProtoKey(payload)) return refusal(kind, `it has a key '__proto__'`);
  try {
    // A copy that the schema may change, and that holds exactly what the JSON of the token does.
    const result: unknown = await schema['~standard'].validate(JSON.parse(JSON.stringify(payload)));
    const { issues, value } = Object(result) as Record<string, unknown>;
    if (issues) return refusal(kind, pathsOf(issues).join(', '));
    if ('value' in Object(result)) return { kind, payload: value };
    return refusal(kind, 'its schema gave no result');
  } catch (error) {
    return refusal(kind, `its schema threw ${classOf(error)}`);
  }
}

function refusal({ purpose }: AnyTempIDKind, reason: string): Refusal {
  return new Refusal(
    TempIDTokenPayloadError,
    `The payload does not fit the kind '${purpose}': ${reason}.`,
  );
}

function hasProtoKey(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.hasOwn(value, '__proto__') || Object.values(value).some(hasProtoKey);
}

/** The name of its class tells what went wrong; its message could hold a value of the payload. */
function classOf(error: unknown): string {
  if (!(error instanceof Error)) return 'what is no Error';
  const { name }: { name?: unknown } = Object(error.constructor);
  return typeof name === 'string' && name !== '' ? name : 'an Error';
}

/** Where a payload does not fit, each place once and at most five: `payload.teams[0].id`. */
function pathsOf(issues: unknown): string[] {
  const paths = new Set(Array.from(issues as Iterable<unknown>, pathOf));
  const first = [...paths].slice(0, MAX_PATHS);
  return paths.size > first.length ? [...first, '…'] : first;
}

function pathOf(issue: unknown): string {
  const { path } = Object(issue) as { readonly path?: unknown };
  const segments = path ? Array.from(path as Iterable<unknown>, segmentText) : [];
  return ['payload', ...segments].join('');
}

function segmentText(segment: unknown): string {
  const isKey = typeof segment !== 'object' || segment === null;
  const key = String(isKey ? segment : Reflect.get(segment, 'key'));
  if (/^\d+$/.test(key)) return `[${key}]`;
  const short = key.length > MAX_KEY_LENGTH ? `${key.slice(0, MAX_KEY_LENGTH)}…` : key;
  return IDENTIFIER.test(short) ? `.${short}` : `[${JSON.stringify(short)}]`;
}

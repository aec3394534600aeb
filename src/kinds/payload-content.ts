import type { JsonObject } from '../token/claims.js';
import { TempIDTokenPayloadError } from '../common/errors.js';
import { Refusal } from '../common/refusal.js';
import { pathsOf } from './issue-paths.js';
import { type AnyTempIDKind, definitionOf } from './tempid-kind.js';

/** What a kind made of a token's payload. */
export interface Content {
  readonly kind: AnyTempIDKind;
  readonly payload: unknown;
}

/**
 * What the schema of a kind makes of a payload, or why it does not fit. The reason names where, and no value: it
 * has neither the messages of the validator nor what it threw.
 */
export async function contentOf(
  kind: AnyTempIDKind,
  payload: JsonObject | null,
): Promise<Content | Refusal> {
  const { schema } = definitionOf(kind);
  if (!schema) return { kind, payload };
  // Validators assign key by key, which would make a prototype of it.
  if (hasProtoKey(payload)) return refusal(kind, `it has a key '__proto__'`);
  try {
    const result: unknown = await schema['~standard'].validate(copyOf(payload));
    const { issues } = Object(result) as { readonly issues?: unknown };
    if (issues) return refusal(kind, pathsOf(issues).join(', '));
    if ('value' in Object(result))
      return { kind, payload: (result as Content & { value: unknown }).value };
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

/** A copy that the schema may change, and that says neither more nor less than the JSON of a token. */
function copyOf(payload: JsonObject | null): unknown {
  return JSON.parse(JSON.stringify(payload));
}

function hasProtoKey(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.hasOwn(value, '__proto__') || Object.values(value).some(hasProtoKey);
}

/** The name of its class says what went wrong, and its message might say with which value. */
function classOf(error: unknown): string {
  if (!(error instanceof Error)) return 'what is no Error';
  const { name }: { name?: unknown } = Object(error.constructor);
  return typeof name === 'string' && name !== '' ? name : 'an Error';
}

import type { Type } from '@nestjs/common';
import { type Duration, durationOption } from '../common/duration.js';
import { TempIDConfigurationError } from '../common/errors.js';
import { parseText, parseOptionalText, readOptions } from '../common/validation.js';
import { parseMaxUses } from '../operations/mint-options.js';

import { type JsonOf, schemaOfClass } from './class-schema.js';
import {
  isStandardSchema,
  type SchemaInput,
  type SchemaOutput,
  type StandardSchemaV1,
} from './standard-schema.js';
import { isBindingClass, type KindBinding } from './tempid-binding.js';
import { type KindDefinition, TempIDKind } from './tempid-kind.js';

/** What `defineTempID` takes beside the schema. What a kind leaves open, each `mint` may say. */
export interface TempIDKindOptions<Payload> {
  /** What its tokens are for. No two kinds of an application may have the same. */
  purpose: string;
  /** How long its tokens work. */
  expiresIn?: Duration;
  /** How often its tokens work; 0: as often as one likes. */
  maxUses?: number;
  /** Whom its tokens are for. Default: that of the module. */
  audience?: string;
  /**
   * Looks up what a token must be bound to, when it is minted and when it is verified: a function, or the class
   * of a provider of the module that registers the kind.
   */
  boundTo?: KindBinding<Payload>;
}

/**
 * Defines a kind of token. With a schema (any Standard Schema, such as one of zod, valibot or arktype, or a
 * class with the decorators of class-validator) the payload's types are the schema's, and a payload is checked
 * when it is minted and when it is read; without one a type argument gives the type, and nothing is checked;
 * without either there is no payload.
 *
 * @throws {@link TempIDConfigurationError} for an option that is not there, or wrong
 * @example
 * export const PasswordReset = defineTempID({
 *   purpose: 'password-reset',
 *   expiresIn: '15m',
 *   maxUses: 1,
 *   schema: z.object({ userId: z.number() }),
 * });
 * const token = await tempid.mint(PasswordReset, { userId: 42 });
 */
export function defineTempID<Schema extends StandardSchemaV1<object | null, unknown>>(
  options: TempIDKindOptions<SchemaOutput<Schema>> & { schema: Schema },
): TempIDKind<SchemaInput<Schema>, SchemaOutput<Schema>>;
export function defineTempID<Payload extends object>(
  options: TempIDKindOptions<Payload> & { schema: Type<Payload> },
): TempIDKind<JsonOf<Payload>, Payload>;
export function defineTempID(
  options: TempIDKindOptions<null> & { schema?: never },
): TempIDKind<null>;
export function defineTempID<Payload extends object | null>(
  options: TempIDKindOptions<Payload> & { schema?: StandardSchemaV1<Payload> },
): TempIDKind<Payload>;
export function defineTempID<Input extends object | null, Output>(
  options: TempIDKindOptions<Output> & { schema: StandardSchemaV1<Input, Output> },
): TempIDKind<Input, Output>;
export function defineTempID(
  options: TempIDKindOptions<never> & { schema?: unknown },
): TempIDKind<never, unknown> {
  return new TempIDKind(toDefinition(options));
}

const NAMES: ReadonlySet<string> = new Set([
  'purpose',
  'expiresIn',
  'maxUses',
  'audience',
  'schema',
  'boundTo',
]);

function toDefinition(given: TempIDKindOptions<never> & { schema?: unknown }): KindDefinition {
  const options = readOptions(given, NAMES, 'defineTempID');
  const { purpose, expiresIn, maxUses, audience, schema, boundTo } = options;
  if (expiresIn !== undefined) durationOption({ min: '1s' })(expiresIn, 'expiresIn');
  if (maxUses !== undefined) parseMaxUses(maxUses);
  return {
    purpose: parseText(purpose, 'purpose'),
    expiresIn,
    maxUses,
    audience: parseOptionalText(audience, 'audience') ?? undefined,
    schema: 'schema' in options ? toSchema(schema) : null,
    boundTo: 'boundTo' in options ? parseBinding(boundTo) : null,
  };
}

const A_CLASS = /^class\b/;

function isClass(value: unknown): value is Type<object> {
  return typeof value === 'function' && A_CLASS.test(Function.prototype.toString.call(value));
}

function toSchema(schema: unknown): StandardSchemaV1 {
  if (isStandardSchema(schema)) return schema;
  if (isClass(schema)) return schemaOfClass(schema);
  throw new TempIDConfigurationError(
    `'schema' must be a Standard Schema, such as one of zod, valibot or arktype, or a class with the ` +
      `decorators of class-validator; got ${typeof schema}.`,
  );
}

function parseBinding(boundTo: unknown): NonNullable<KindDefinition['boundTo']> {
  if (isBindingClass(boundTo)) return boundTo;
  if (typeof boundTo === 'function' && !isClass(boundTo)) {
    return boundTo as NonNullable<KindDefinition['boundTo']>;
  }
  throw new TempIDConfigurationError(
    `'boundTo' of a kind must be a function, or a class with a method 'resolve' that looks up what a token is ` +
      `bound to; got ${isClass(boundTo) ? 'another class' : typeof boundTo}.`,
  );
}

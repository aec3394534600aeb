import type { Type } from '@nestjs/common';
import { type Duration, durationOption } from '../common/duration.js';
import { TempIDConfigurationError } from '../common/errors.js';
import { oneOf, type OptionRules, parseText, readOptions } from '../common/options.js';
import { parseMaxUses } from '../token/claims.js';
import { type JsonOf, schemaOfClass } from './class-schema.js';
import {
  isStandardSchema,
  type SchemaInput,
  type SchemaOutput,
  type StandardSchemaV1,
} from './standard-schema.js';
import {
  type BindingClass,
  type BindingLookup,
  isBindingClass,
  type KindBinding,
} from './tempid-binding.js';
import { TempIDKind } from './tempid-kind.js';

/** What `defineTempID` takes beside the schema. What a kind leaves out, each `mint` may give. */
export interface TempIDKindOptions<Payload> {
  /** What its tokens are for. No two kinds of an application may have the same. */
  purpose: string;
  /** How long its tokens work. */
  expiresIn?: Duration;
  /** How often its tokens work; 0: as often as one likes. */
  maxUses?: number;
  /** Whom its tokens are for. Default: that of the module. */
  audience?: string;
  /** Whether the ledger keeps which of its tokens were issued, so that they can be listed, and ended by their ids. */
  tracked?: boolean;
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
  const { purpose, ...others } = readOptions(options, RULES, 'defineTempID');
  return new TempIDKind({
    schema: null,
    boundTo: null,
    ...others,
    purpose: parseText(purpose, 'purpose'),
  });
}

/** How the options of a kind are read. */
const RULES = {
  purpose: { parse: parseText },
  expiresIn: { parse: parseLifetime },
  maxUses: { parse: parseMaxUses },
  audience: { parse: parseText },
  tracked: { parse: oneOf(true, false) },
  schema: { parse: parseSchema },
  boundTo: { parse: parseBinding },
} as const satisfies OptionRules<TempIDKindOptions<never> & { schema?: unknown }>;

function parseLifetime(value: unknown, option: string): Duration {
  durationOption({ min: '1s' })(value, option);
  return value as Duration;
}

function isClass(value: unknown): value is Type<object> {
  return typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value));
}

function parseSchema(schema: unknown): StandardSchemaV1 {
  if (isStandardSchema(schema)) return schema;
  if (isClass(schema)) return schemaOfClass(schema);
  throw new TempIDConfigurationError(
    `'schema' must be a Standard Schema, such as one of zod, valibot or arktype, or a class with the ` +
      `decorators of class-validator; got ${typeof schema}.`,
  );
}

function parseBinding(boundTo: unknown): BindingLookup<never> | BindingClass {
  if (isBindingClass(boundTo)) return boundTo;
  if (typeof boundTo === 'function' && !isClass(boundTo)) return boundTo as BindingLookup<never>;
  throw new TempIDConfigurationError(
    `'boundTo' of a kind must be a function, or a class with a method 'resolve' that looks up what a token is ` +
      `bound to; got ${isClass(boundTo) ? 'another class' : typeof boundTo}.`,
  );
}

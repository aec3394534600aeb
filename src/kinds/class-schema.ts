import { type Type, type ValidationError, ValidationPipe } from '@nestjs/common';
import type { StandardSchemaIssue, StandardSchemaV1 } from './standard-schema.js';

/** What JSON has in place of a class's properties: no methods, and the text of a Date. */
export type JsonOf<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? JsonOf<Item>[]
    : T extends object
      ? { [K in keyof T as T[K] extends (...args: never) => unknown ? never : K]: JsonOf<T[K]> }
      : T;

/** Takes the errors of Nest's pipe out of it, without the values that they hold. */
class DoesNotFit extends Error {
  constructor(readonly issues: readonly StandardSchemaIssue[]) {
    super();
  }
}

/**
 * A class with the decorators of class-validator as a schema, by Nest's ValidationPipe, which loads
 * class-validator and class-transformer here and now: an application that lacks them does not start. A class
 * without any decorator fits nothing, and a property without one is left out of what is read.
 */
export function schemaOfClass(type: Type<object>): StandardSchemaV1 {
  const pipe = new ValidationPipe({
    transform: true,
    whitelist: true,
    forbidUnknownValues: true,
    expectedType: type,
    exceptionFactory: (errors) => new DoesNotFit(issuesOf(errors)),
  });
  const validate = async (value: unknown) => {
    // The pipe takes nothing for an empty object.
    if (value === null) return { issues: [{ message: '' }] };
    try {
      return { value: (await pipe.transform(value, { type: 'body' })) as unknown };
    } catch (error) {
      if (!(error instanceof DoesNotFit)) throw error;
      return { issues: error.issues };
    }
  };
  return { '~standard': { version: 1, vendor: 'class-validator', validate } };
}

function issuesOf(
  errors: readonly ValidationError[],
  parents: readonly string[] = [],
): StandardSchemaIssue[] {
  return errors.flatMap(({ property, children = [] }) => {
    const path = property === undefined ? parents : [...parents, property];
    return children.length > 0 ? issuesOf(children, path) : [{ message: '', path }];
  });
}

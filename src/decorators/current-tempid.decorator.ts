import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { TempIDConfigurationError } from '../common/errors.js';
import { stateOf } from '../requests/request-state.js';
import type { TempID } from '../token/tempid.js';

/** The `TempID` that let the request through. */
export const CurrentTempID = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  currentTempID(context),
);

/** @throws {@link TempIDConfigurationError} where no guard of ours ran on the route */
export function currentTempID(context: ExecutionContext): TempID {
  const record = stateOf(context);
  if (record) return record.token;
  const handler = `${context.getClass().name}.${context.getHandler().name}`;
  throw new TempIDConfigurationError(
    `${handler} asks for the token of its request, and no guard has verified one: add @UseTempID() to it.`,
  );
}

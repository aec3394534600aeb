import {
  createParamDecorator,
  type ExecutionContext,
  type PipeTransform,
  type Type,
} from '@nestjs/common';
import { TempIDConfigurationError } from '../common/errors.js';
import { stateOf } from '../requests/request-state.js';
import type { TempID } from '../token/tempid.js';

/** The `TempID` that let the request through. */
export const CurrentTempID: (
  ...pipes: (Type<PipeTransform> | PipeTransform)[]
) => ParameterDecorator = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  currentTempID(context),
);

/**
 * The payload of the token that let the request through, or one property of it; pipes may follow.
 *
 * @example
 * \@TokenPayload() payload: Invite
 * \@TokenPayload('userId') userId: number
 * \@TokenPayload(new ValidationPipe({ validateCustomDecorators: true })) payload: InviteDto
 */
export const TokenPayload: (
  ...propertyOrPipes: (string | Type<PipeTransform> | PipeTransform)[]
) => ParameterDecorator = createParamDecorator(
  (property: string | undefined, context: ExecutionContext): unknown => {
    const payload: unknown = currentTempID(context).payload;
    if (property === undefined) return payload;
    const object: object = Object(payload);
    return Object.hasOwn(object, property) ? Reflect.get(object, property) : undefined;
  },
);

/** @throws {@link TempIDConfigurationError} where no guard of ours ran on the route */
export function currentTempID(context: ExecutionContext): TempID {
  const state = stateOf(context);
  if (state) return state.token;
  const handler = `${context.getClass().name}.${context.getHandler().name}`;
  throw new TempIDConfigurationError(
    `${handler} asks for the token of its request, and no guard has verified one: add @UseTempID() to it. ` +
      'A test that overrides its guard takes admitTempID() of nestjs-tempid/testing in its place.',
  );
}

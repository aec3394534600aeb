import {
  createParamDecorator,
  type ExecutionContext,
  type PipeTransform,
  type Type,
} from '@nestjs/common';
import { TempIDConfigurationError } from '../common/errors.js';
import { type RequestState, stateOf } from '../requests/request-state.js';

/**
 * The `TempID` that let the request through; with `'repeated'`, whether the same `by`, or the same form, has used it
 * before and was let through again by `repeat` or `grace`.
 *
 * @throws TempIDConfigurationError for another property
 * @example
 * \@CurrentTempID() token: TempID
 * \@CurrentTempID('repeated') repeated: boolean
 */
export const CurrentTempID: (
  ...propertyOrPipes: ('repeated' | Type<PipeTransform> | PipeTransform)[]
) => ParameterDecorator = createParamDecorator(
  (property: string | undefined, context: ExecutionContext): unknown => {
    if (property === undefined) return currentState(context).token;
    if (property === 'repeated') return currentState(context).repeated;
    throw new TempIDConfigurationError(
      `@CurrentTempID() knows 'repeated' and no '${property}': take it from the token.`,
    );
  },
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
    const payload: unknown = currentState(context).token.payload;
    if (property === undefined) return payload;
    const object: object = Object(payload);
    return Object.hasOwn(object, property) ? Reflect.get(object, property) : undefined;
  },
);

/** @throws {@link TempIDConfigurationError} where no guard of ours ran on the route */
function currentState(context: ExecutionContext): RequestState {
  const state = stateOf(context);
  if (state) return state;
  const handler = `${context.getClass().name}.${context.getHandler().name}`;
  throw new TempIDConfigurationError(
    `${handler} asks for the token of its request, and no guard has verified one: add @UseTempID() to it. ` +
      'A test that overrides its guard takes admitTempID() of nestjs-tempid/testing in its place.',
  );
}

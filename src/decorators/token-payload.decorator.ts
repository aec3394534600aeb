import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { currentTempID } from './current-tempid.decorator.js';

/**
 * The payload of the token that let the request through, or one property of it; pipes may follow.
 *
 * @example
 * \@TokenPayload() payload: Invite
 * \@TokenPayload('userId') userId: number
 * \@TokenPayload(new ValidationPipe({ validateCustomDecorators: true })) payload: InviteDto
 */
export const TokenPayload = createParamDecorator(
  (property: string | undefined, context: ExecutionContext): unknown => {
    const payload: unknown = currentTempID(context).payload;
    if (property === undefined) return payload;
    const object: object = Object(payload);
    return Object.hasOwn(object, property) ? Reflect.get(object, property) : undefined;
  },
);

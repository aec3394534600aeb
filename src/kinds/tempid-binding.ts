import type { ExecutionContext, Type } from '@nestjs/common';
import type { TempID } from '../token/tempid.js';

/** What a token has before it is minted, too. */
export type BoundToken<Payload = unknown> = Pick<
  TempID<Payload>,
  'payload' | 'subject' | 'purpose' | 'audience'
>;

/**
 * Looks up what a token must be bound to.
 *
 * @param context the request whose token it is; undefined where there is none, as in `mint`
 * @returns undefined or null where there is nothing: no token is minted then, and none verifies
 */
export type BindingLookup<Payload = unknown> = (
  token: BoundToken<Payload>,
  context?: ExecutionContext,
) => string | null | undefined | Promise<string | null | undefined>;

/**
 * Looks up what the tokens of a kind are bound to, such as the hash of a user's password: once when a token is
 * minted, and again whenever one is verified. A class that implements it is an ordinary provider of the module
 * that registers the kind.
 *
 * @example
 * \@Injectable()
 * export class PasswordBinding implements TempIDBinding<{ userId: number }> {
 *   constructor(private readonly users: UsersService) {}
 *
 *   resolve({ payload }: BoundToken<{ userId: number }>) {
 *     return this.users.passwordHashOf(payload.userId);
 *   }
 * }
 */
export interface TempIDBinding<Payload = unknown> {
  // No method: of a method the compiler would not compare which payload it looks at.
  readonly resolve: BindingLookup<Payload>;
}

/** What `boundTo` of a kind takes: a function, or the class of a provider. */
export type KindBinding<Payload = unknown> = BindingLookup<Payload> | Type<TempIDBinding<Payload>>;

export type BindingClass = Type<TempIDBinding<never>>;

export function isBindingClass(boundTo: unknown): boundTo is BindingClass {
  if (typeof boundTo !== 'function') return false;
  const prototype: unknown = boundTo.prototype;
  return typeof (Object(prototype) as Partial<TempIDBinding>).resolve === 'function';
}

import { type ExecutionContext, Logger } from '@nestjs/common';
import { isLinkRoute } from '../links/link-options.js';
import type { DecoratedHandler, TempIDRoute } from '../requests/route-options.js';
import type { TempID } from '../token/tempid.js';

/**
 * By class, since classes share the handlers that they inherit. Not in a guard, since one of request scope is made for
 * each request.
 */
const warnedHandlers = new WeakMap<object, WeakSet<object>>();

/** Warns once of a route that uses tokens, when one comes that has no limit of uses. */
export function warnOfUnlimited(
  context: ExecutionContext,
  route: TempIDRoute,
  { maxUses }: TempID,
): void {
  // A kind that says it has been warned of at the start, or means it.
  if (!route.consume || maxUses > 0 || route.kind?.maxUses === 0) return;
  // Each has one use, and there are as many as there are people.
  if (typeof route.by === 'function') return;
  const [type, handler] = [context.getClass(), context.getHandler()];
  const handlers = warnedHandlers.get(type) ?? new WeakSet();
  if (handlers.has(handler)) return;
  warnedHandlers.set(type, handlers.add(handler));
  const meant = isLinkRoute(route)
    ? 'name a kind that says maxUses: 0'
    : 'say checkUses: true in place of consume';
  new Logger('TempIDGuard').warn(
    `${type.name}.${handler.name} uses its tokens, and one came that has no limit: every use of it is allowed until it ` +
      `expires or is revoked. Give 'maxUses' to mint, or to the kind. Where no limit is meant, ${meant}.`,
  );
}

/** Warns of a route that uses tokens of a kind without a limit. A link always uses its token, so there it is meant. */
export function warnOfUnlimitedKind({ route, type, name }: DecoratedHandler): void {
  const { kind, consume, by } = route;
  if (!consume || kind?.maxUses !== 0 || isLinkRoute(route) || typeof by === 'function') return;
  new Logger('TempIDModule').warn(
    `${type.name}.${name} uses tokens of the kind '${kind.purpose}', whose 'maxUses' is 0: every use is allowed until ` +
      'the token expires or is revoked. Give the kind a limit, or say checkUses: true in place of consume.',
  );
}

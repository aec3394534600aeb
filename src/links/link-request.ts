import type { ExecutionContext } from '@nestjs/common';
import type { LinkRoute } from './link-options.js';

const links = new WeakMap<object, LinkRoute>();

/** Notes which link a request leads to, for the filter, which is not told. */
export function setLink(context: ExecutionContext, link: LinkRoute): void {
  links.set(context.switchToHttp().getRequest<object>(), link);
}

export function linkOf(request: object): LinkRoute | undefined {
  return links.get(request);
}

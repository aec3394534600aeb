import type { TempID } from '../token/tempid.js';
import type { TempIDLinkRoute } from './link-options.js';

/** What is known of a request to a link. */
export interface LinkVisit {
  readonly route: TempIDLinkRoute;
  /** The token as the request has it, whatever it is. */
  value?: string;
  /** The authentic token that it is, perhaps expired, where its scope is that of the route. */
  token?: TempID;
}

/** By their requests: the filter, which Nest calls, is given nothing else. */
const visits = new WeakMap<object, LinkVisit>();

export function beginVisit(request: object, route: TempIDLinkRoute): void {
  visits.set(request, { route });
}

export function visitOf(request: object): LinkVisit | undefined {
  return visits.get(request);
}

import type { ExecutionContext } from '@nestjs/common';
import type { TempID } from '../token/tempid.js';
import { transportOf } from './transports/index.js';
import type { UseReservation } from './use-reservation.js';
import type { UseTempIDOptions } from './route-options.js';
import { onePerProcess } from '../common/one-per-process.js';

/** What the guard found out about one request to one handler. */
export interface RequestState {
  /** The guard that let the request through, and the options that it went by. */
  readonly guard: object;
  readonly route: UseTempIDOptions;
  readonly token: TempID;
  /** Whether the request has used the token: one request is one use, whatever guards it meets. */
  readonly isUsed: boolean;
  /** Whether the same `by` has used it before, by another request. */
  readonly repeated: boolean;
  /** Refunds the use unless the request succeeds. */
  readonly reservation: UseReservation | null;
}

/** By their requests: guards, interceptors and parameters share nothing else, and a handler of GraphQL no request. */
const states = onePerProcess(
  'request states',
  () => new WeakMap<object, Map<unknown, RequestState>>(),
);

/** undefined where no guard of ours has let the request through to this handler. */
export function stateOf(context: ExecutionContext): RequestState | undefined {
  return states.get(transportOf(context).keyOf(context))?.get(context.getHandler());
}

export function setState(context: ExecutionContext, state: RequestState): void {
  const key = transportOf(context).keyOf(context);
  const ofRequest = states.get(key) ?? new Map<unknown, RequestState>();
  states.set(key, ofRequest.set(context.getHandler(), state));
}

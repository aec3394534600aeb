import type { ExecutionContext } from '@nestjs/common';
import { TempIDConfigurationError } from '../errors.js';
import type { TempID } from '../tempid.js';
import type { HeldUse } from './held-use.js';
import type { UseTempIDOptions } from './use-tempid.options.js';

/** What the guard found out about one request to one handler. */
export interface RequestRecord {
  /** The guard that let the request through, and the options that it went by. */
  readonly guard: object;
  readonly route: UseTempIDOptions;
  readonly token: TempID;
  /** Where the use is given back unless the request succeeds. */
  readonly heldUse: HeldUse | null;
}

const records = new WeakMap<object, Map<unknown, RequestRecord>>();

/** undefined where no guard of ours has let the request through to this handler. */
export function recordOf(context: ExecutionContext): RequestRecord | undefined {
  return records.get(requestOf(context))?.get(context.getHandler());
}

export function setRecord(context: ExecutionContext, record: RequestRecord): void {
  const request = requestOf(context);
  const ofRequest = records.get(request) ?? new Map<unknown, RequestRecord>();
  records.set(request, ofRequest.set(context.getHandler(), record));
}

/** A WebSocket client outlives its messages, so a record of one would let the next ones in unseen. */
function requestOf(context: ExecutionContext): object {
  if (context.getType() !== 'http') {
    throw new TempIDConfigurationError(
      `TempIDGuard and its decorators are for HTTP routes; this is a handler of type '${context.getType()}'.`,
    );
  }
  return context.switchToHttp().getRequest<object>();
}

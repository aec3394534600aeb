import type { ExecutionContext } from '@nestjs/common';
import { TempIDConfigurationError } from '../errors.js';
import { graphql } from './graphql.transport.js';
import { http } from './http.transport.js';
import { rpc } from './rpc.transport.js';
import type { Transport } from './transport.js';
import { websockets } from './websockets.transport.js';

/** Another transport is another file, and its line here. */
const TRANSPORTS: ReadonlyMap<string, Transport> = new Map([
  ['http', http],
  ['graphql', graphql],
  ['ws', websockets],
  ['rpc', rpc],
]);

/** @throws {@link TempIDConfigurationError} for a handler of a type that is not known */
export function transportOf(context: ExecutionContext): Transport {
  const type: string = context.getType();
  const transport = TRANSPORTS.get(type);
  if (transport) return transport;
  throw new TempIDConfigurationError(
    `TempIDGuard and its decorators know handlers of the types ${[...TRANSPORTS.keys()].join(', ')}; this is one of '${type}'.`,
  );
}

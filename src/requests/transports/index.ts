import type { ArgumentsHost, ExecutionContext } from '@nestjs/common';
import { TempIDConfigurationError } from '../../common/errors.js';
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
  const transport = findTransport(context);
  if (transport) return transport;
  throw new TempIDConfigurationError(
    `TempIDGuard and its decorators know handlers of the types ${[...TRANSPORTS.keys()].join(', ')}; this is one of '${context.getType()}'.`,
  );
}

/** As {@link transportOf}; undefined for a handler of a type that is not known. */
export function findTransport(host: ArgumentsHost): Transport | undefined {
  return TRANSPORTS.get(host.getType());
}

import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  Injectable,
  Logger,
} from '@nestjs/common';
import { HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import { TempIDError } from '../common/errors.js';
import { addLastFilter, filtersOf, isGateway, registeredIn } from '../common/nest-internals.js';
import { findTransport } from '../requests/transports/index.js';
import { isRefusal } from '../requests/transports/refusal-body.js';
import { OnePerProcess } from '../common/one-per-process.js';

/**
 * Answers an error of this package that leaves a handler, or a guard, pipe or interceptor of the application, as
 * TempIDGuard answers it. A mistake of the application, such as a wrong option, stays an error 500, whose message is
 * logged and not sent.
 *
 * TempIDModule provides it for the whole application. Name it by `@UseFilters` on the handlers of a hybrid
 * application's microservice that does not inherit the application's configuration, and extend it by a filter of
 * yours that catches everything and is given to `useGlobalFilters`.
 */
@OnePerProcess('TempIDExceptionFilter')
@Catch(TempIDError)
@Injectable()
export class TempIDExceptionFilter implements ExceptionFilter<TempIDError> {
  constructor(private readonly adapterHost: HttpAdapterHost) {}

  catch(error: TempIDError, host: ArgumentsHost): unknown {
    const transport = findTransport(host);
    if (!transport) throw error;
    // Of HTTP Nest logs it.
    if (!isRefusal(error) && host.getType() !== 'http') {
      new Logger('TempIDExceptionFilter').error(error);
    }
    return transport.tell(error, host, this.adapterHost.httpAdapter);
  }
}

/**
 * Puts the filter on the class of each gateway before it is registered, behind all filters of its own: Nest asks no
 * global filter about gateways.
 */
@Injectable()
export class GatewayFilters {
  constructor(modules: ModulesContainer, filter: TempIDExceptionFilter) {
    for (const { type } of registeredIn(modules)) {
      if (!type || !isGateway(type)) continue;
      const isThere = filtersOf(type).some((each) => each instanceof TempIDExceptionFilter);
      if (!isThere) addLastFilter(type, filter);
    }
  }
}

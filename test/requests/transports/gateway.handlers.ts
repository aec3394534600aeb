import { applyDecorators, type ArgumentsHost, Catch, UseFilters } from '@nestjs/common';
import {
  BaseWsExceptionFilter,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
  WsException,
} from '@nestjs/websockets';
import { from, map, of, throwError, concat, type Observable } from 'rxjs';
import { TempIDExceptionFilter, UseTempID } from '../../../src/index.js';
import type { Dialect } from './handlers.js';

/** Since Nest 12 a client of ws hears of exceptions; before that, of none without such a filter. */
@Catch()
class TellingFilter extends BaseWsExceptionFilter {
  override catch(exception: unknown, host: ArgumentsHost): void {
    const client = host.switchToWs().getClient<{ send(text: string): void }>();
    const data = exception instanceof WsException ? exception.getError() : { status: 'error' };
    client.send(JSON.stringify({ event: 'exception', data }));
  }
}

const isTold = 'emitMessage' in BaseWsExceptionFilter.prototype;

export const socketIo: Dialect = {
  ofClass: () => WebSocketGateway(),
  handle: (name) => SubscribeMessage(name),
  field: (name, ...pipes) => MessageBody(name, ...pipes),
};

export const ws: Dialect = {
  ...socketIo,
  ofClass: () =>
    isTold
      ? WebSocketGateway()
      : applyDecorators(
          WebSocketGateway(),
          // Nest asks the last one first.
          UseFilters(new TellingFilter(), TempIDExceptionFilter),
        ),
};

/** Handlers that answer with more than one value. */
export function createStreams({ ofClass, handle }: Dialect) {
  @ofClass()
  class Streams {
    @handle('stream')
    @UseTempID({ consume: 'on-success' })
    stream(): Observable<object> {
      return from([1, 2, 3]).pipe(map((data) => ({ event: 'value', data })));
    }

    @handle('broken-stream')
    @UseTempID({ consume: 'on-success' })
    brokenStream(): Observable<object> {
      return concat(of({ event: 'value', data: 1 }), failure());
    }

    @handle('no-stream')
    @UseTempID({ consume: 'on-success' })
    noStream(): Observable<object> {
      return failure();
    }
  }
  return Streams;
}

const failure = () => throwError(() => new Error('the handler failed'));

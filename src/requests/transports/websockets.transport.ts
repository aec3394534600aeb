import type { TempIDRequest } from '../extractors.js';
import { messageExceptionOf } from './message-exception.js';
import { messageOf } from './message.js';
import { messageBodyOf } from './refusal-body.js';
import type { Transport } from './transport.js';

/**
 * The data of the message, and then the handshake of its connection, which socket.io keeps. The shapes of clients are
 * those of ws 8.23 and socket.io 4.8; test/requests/transports/ws.spec.ts and socket-io.spec.ts run both.
 */
export const websockets: Transport = {
  requestsOf(context) {
    const ws = context.switchToWs();
    return [{ headers: {}, body: ws.getData() }, ...handshakeOf(ws.getClient())];
  },

  /** Before the last argument, where Nest looks for the pattern. */
  keyOf: (context) => messageOf(context, -1),

  answerOf: () => null,

  responseOf: () => null,

  toException: (error) => messageExceptionOf(error, '@nestjs/websockets', 'WsException'),

  tell(error, host) {
    const client: Client = host.switchToWs().getClient();
    const data = messageBodyOf(error);
    // A client of ws has both, and what it emits stays on this side.
    if (typeof client.readyState === 'number' && client.send) {
      client.send(JSON.stringify({ event: 'exception', data }));
    } else {
      client.emit?.('exception', data);
    }
  },
};

/** What clients of ws and of socket.io have. */
interface Client {
  readonly readyState?: number;
  send?(text: string): void;
  emit?(event: string, data: object): void;
}

/** What a client of socket.io says as `auth` is what others can say only in the address. */
function handshakeOf(client: unknown): readonly TempIDRequest[] {
  const { handshake } = Object(client) as {
    handshake?: { headers?: TempIDRequest['headers']; query?: object; auth?: object };
  };
  if (!handshake) return [];
  const { headers = {}, query, auth } = handshake;
  return [{ headers, query: { ...query, ...auth } }];
}

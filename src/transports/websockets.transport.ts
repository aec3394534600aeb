import type { TempIDRequest } from '../guards/extract.js';
import { messageOf } from './message.js';
import { refusalBodyOf } from './refusal-body.js';
import type { Transport } from './transport.js';

/** The data of the message, and then the handshake of its connection, which socket.io keeps. */
export const websockets: Transport = {
  requestsOf(context) {
    const ws = context.switchToWs();
    return [{ headers: {}, body: ws.getData() }, ...handshakeOf(ws.getClient())];
  },

  /** Before the last argument, where Nest looks for the pattern. */
  keyOf: (context) => messageOf(context, -1),

  answerOf: () => null,

  /** As Nest does itself, the package is loaded where there is a gateway and only there. */
  async toException(error) {
    const { WsException } = await import('@nestjs/websockets');
    const body = { status: 'error', ...refusalBodyOf(error) };
    return Object.assign(new WsException(body), { cause: error });
  },
};

interface Handshake {
  readonly headers?: TempIDRequest['headers'];
  readonly query?: object;
  readonly auth?: object;
}

/** What a client of socket.io says as `auth` is what others can say only in the address. */
function handshakeOf(client: unknown): readonly TempIDRequest[] {
  const { handshake } = Object(client) as { handshake?: Handshake };
  if (!handshake) return [];
  const { headers = {}, query, auth } = handshake;
  return [{ headers, query: { ...query, ...auth } }];
}

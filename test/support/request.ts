import { type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Response {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface RequestOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The fields of a form. */
  readonly body?: URLSearchParams;
}

/** Sends what it is told to send and no more: `fetch` of Node says of each request that no person navigates. */
export async function send(url: string, options: RequestOptions = {}): Promise<Response> {
  const { method = 'GET', headers = {}, body } = options;
  const form = body && { 'content-type': 'application/x-www-form-urlencoded' };
  const message = await new Promise<IncomingMessage>((resolve, reject) => {
    const sending = request(url, { method, headers: { ...form, ...headers }, agent: false });
    sending.on('response', resolve).on('error', reject);
    sending.end(body?.toString());
  });
  return {
    status: message.statusCode ?? 0,
    headers: toHeaders(message.rawHeaders),
    text: await text(message),
  };
}

function toHeaders(raw: readonly string[]): Headers {
  const headers = new Headers();
  for (let at = 0; at < raw.length; at += 2) headers.append(raw[at] ?? '', raw[at + 1] ?? '');
  return headers;
}

/** Sends a GET whose headers are bytes, one a character, as no client that checks them would; gives the body. */
export async function sendRaw(url: string, headers: readonly string[]): Promise<string> {
  const { hostname, port, pathname, search } = new URL(url);
  const socket = connect(Number(port), hostname);
  const head = [`GET ${pathname}${search} HTTP/1.1`, 'Host: localhost', 'Connection: close'];
  socket.write(Buffer.from([...head, ...headers, '', ''].join('\r\n'), 'latin1'));
  const answer = await text(socket);
  return answer.slice(answer.indexOf('\r\n\r\n') + 4);
}

import type { ArgumentsHost } from '@nestjs/common';
import { headersIn, type NodeResponse, nodeResponseOf } from '../requests/node-response.js';
import { trimHeader } from '../requests/trim-header.js';

/** An answer's status and headers as they are sent. */
export interface SentAnswer {
  readonly status: number;
  header(name: string): unknown;
}

/**
 * Calls back once, when the answer is complete: after session middleware has set its cookie and stored what it
 * stands for. Also where the client is gone by then, as the first click's is: a second one makes a browser drop
 * the first request.
 */
export function whenAnswered(host: ArgumentsHost, callback: (answer: SentAnswer) => void): void {
  const node = nodeResponseOf(host);
  const { writeHead, end } = node;
  let sent: SentAnswer | undefined;
  let isEnding = false;
  let isDone = false;

  const callOnce = () => {
    if (!sent || isDone) return;
    isDone = true;
    callback(sent);
  };
  // Node writes no headers for a client that is gone, and so nobody who waits for that sets a cookie.
  const writeForNobody = () => {
    if (isEnding && node.destroyed && !node.headersSent) node.writeHead(node.statusCode);
  };
  node.writeHead = (...args) => {
    const result: unknown = Reflect.apply(writeHead, node, args);
    sent ??= sentBy(node, args);
    return result;
  };
  node.end = (...args) => {
    isEnding = true;
    writeForNobody();
    return Reflect.apply(end, node, args);
  };
  // Node's own, after every `end` around it is done; HTTP/2 has only the second.
  node.once('prefinish', callOnce);
  node.once('finish', callOnce);
  node.once('close', () => {
    writeForNobody();
    // A stream that was broken off. An end that has begun is waited for.
    if (!isEnding) callOnce();
  });
}

/** Node merges the headers that `writeHead` is given only into some that were set before. */
function sentBy(node: NodeResponse, args: readonly unknown[]): SentAnswer {
  const written = headersIn(args);
  return {
    status: node.statusCode,
    header: (name) => node.getHeader(name) ?? written.get(name),
  };
}

/**
 * Sets cookies that stay the last word: session middleware that knows nothing of them adds its own of the same
 * name as the headers are written, of a new and empty session, and a browser keeps the last one.
 *
 * @param cookies as in Set-Cookie
 */
export function setCookies(host: ArgumentsHost, cookies: readonly string[]): void {
  if (cookies.length === 0) return;
  const node = nodeResponseOf(host);
  const { setHeader } = node;
  const names = new Set(cookies.map(nameOf));
  node.setHeader = (name, value) => {
    if (name.toLowerCase() !== 'set-cookie') return Reflect.apply(setHeader, node, [name, value]);
    const others = [value].flat().map(String);
    const kept = others.filter((cookie) => !names.has(nameOf(cookie)));
    return Reflect.apply(setHeader, node, [name, [...kept, ...cookies]]);
  };
  node.setHeader('set-cookie', [...cookies]);
}

function nameOf(cookie: string): string {
  return trimHeader(cookie.slice(0, cookie.indexOf('=')));
}

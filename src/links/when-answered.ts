import type { ExecutionContext } from '@nestjs/common';
import { headersIn } from '../requests/written-headers.js';

/** The part of Node's response that is used here, which Fastify wraps and Express extends. */
interface NodeResponse {
  readonly statusCode: number;
  readonly headersSent: boolean;
  readonly destroyed: boolean;
  writeHead(...args: unknown[]): unknown;
  end(...args: unknown[]): unknown;
  getHeader(name: string): unknown;
  once(event: 'prefinish' | 'finish' | 'close', listener: () => void): unknown;
}

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
export function whenAnswered(context: ExecutionContext, tell: (answer: SentAnswer) => void): void {
  const response = context.switchToHttp().getResponse<NodeResponse & { raw?: NodeResponse }>();
  const node = response.raw ?? response;
  const { writeHead, end } = node;
  let sent: SentAnswer | undefined;
  let isEnding = false;
  let isTold = false;

  const tellOnce = () => {
    if (!sent || isTold) return;
    isTold = true;
    tell(sent);
  };
  // Node writes no headers for a client that is gone, and so nobody who waits for that sets a cookie.
  const writeForNobody = () => {
    if (isEnding && node.destroyed && !node.headersSent) node.writeHead(node.statusCode);
  };
  node.writeHead = (...args) => {
    const result: unknown = Reflect.apply(writeHead, node, args);
    sent ??= toSent(node, args);
    return result;
  };
  node.end = (...args) => {
    isEnding = true;
    writeForNobody();
    return Reflect.apply(end, node, args);
  };
  // Node's own, after every `end` around it is done; HTTP/2 has only the second.
  node.once('prefinish', tellOnce);
  node.once('finish', tellOnce);
  node.once('close', () => {
    writeForNobody();
    // A stream that was broken off. An end that has begun is waited for.
    if (!isEnding) tellOnce();
  });
}

/** Node merges the headers that `writeHead` is given only into some that were set before. */
function toSent(node: NodeResponse, args: readonly unknown[]): SentAnswer {
  const given = headersIn(args);
  return {
    status: node.statusCode,
    header: (name) => node.getHeader(name) ?? given.get(name),
  };
}

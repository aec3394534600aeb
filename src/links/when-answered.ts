import type { ExecutionContext } from '@nestjs/common';

/** What Express and Fastify both say of an answer that is on its way. */
interface Response {
  getHeader(name: string): unknown;
  readonly raw?: NodeResponse;
}

type NodeResponse = Response & { statusCode: number; writeHead: (...args: never) => unknown };

/** An answer's status and headers as they are sent. */
export interface SentAnswer {
  readonly status: number;
  header(name: string): unknown;
}

/**
 * Calls back once, when the answer's headers are written: also those of session middleware, which sets them
 * in that moment, and also where the client is gone by then.
 */
export function whenAnswered(context: ExecutionContext, tell: (answer: SentAnswer) => void): void {
  const response = context.switchToHttp().getResponse<NodeResponse>();
  const node = response.raw ?? response;
  const { writeHead } = node;
  node.writeHead = (...args: never) => {
    node.writeHead = writeHead;
    const result = Reflect.apply(writeHead, node, args);
    tell({ status: node.statusCode, header: (name) => response.getHeader(name) });
    return result;
  };
}

import type { ArgumentsHost } from '@nestjs/common';

/** The part of Node's response that is used here, with methods that may be replaced. */
export interface NodeResponse {
  readonly statusCode: number;
  readonly headersSent: boolean;
  readonly destroyed: boolean;
  writeHead(...args: unknown[]): unknown;
  write(...args: unknown[]): unknown;
  end(...args: unknown[]): unknown;
  getHeader(name: string): unknown;
  getHeaderNames(): string[];
  setHeader(name: string, value: unknown): unknown;
  removeHeader(name: string): void;
  once(event: 'prefinish' | 'finish' | 'close', listener: () => void): unknown;
}

/** Fastify's reply has it as `raw`; Express' response is one. Read at Fastify 5.12 and Express 5.3. */
export function nodeResponseOf(host: ArgumentsHost): NodeResponse {
  const response = host.switchToHttp().getResponse<NodeResponse & { raw?: NodeResponse }>();
  return response.raw ?? response;
}

/**
 * The headers in the last argument of Node's `writeHead`, by their names in small letters: an object, a
 * list of pairs, or the list of names and values by turns that is the `rawHeaders` of what another server answered.
 */
export function headersIn(args: readonly unknown[]): ReadonlyMap<string, unknown> {
  const pairs = pairsOf(args.at(-1));
  return new Map(pairs.map(([name, value]) => [String(name).toLowerCase(), value]));
}

function pairsOf(headers: unknown): (readonly unknown[])[] {
  if (!Array.isArray(headers))
    return typeof headers === 'object' ? Object.entries(headers ?? {}) : [];
  const list: readonly unknown[] = headers;
  if (list.every((pair) => Array.isArray(pair))) return [...list];
  return list.flatMap((name, at) => (at % 2 === 0 ? [[name, list[at + 1]]] : []));
}

import { type ExecutionContext, Logger } from '@nestjs/common';
import { TempIDExhaustedError } from '../common/errors.js';
import type { TempID } from '../token/tempid.js';
import { headersIn, type NodeResponse, nodeResponseOf } from '../requests/node-response.js';
import type { TempIDService } from '../tempid.service.js';
import type { VerifyOptions } from '../operations/verify-options.js';
import type { TempIDRequest } from '../requests/extractors.js';

/** One range of bytes that has an end or none, and does not begin at byte 0 (RFC 9110, section 14.1). */
const REST = /^bytes=([1-9]\d{0,14})-(\d{1,15})?$/;

/**
 * Whether a request asks for a later part of what another one has begun: GET, with one range of bytes that cannot
 * have the first one. A list of ranges, the last bytes (`bytes=-500`), another unit and whatever is malformed might.
 */
export function asksForTheRest(context: ExecutionContext): boolean {
  if (context.getType() !== 'http') return false;
  const request = context.switchToHttp().getRequest<TempIDRequest & { method: string }>();
  if (request.method !== 'GET') return false;
  const [, first, last] = REST.exec(String(request.headers['range'] ?? '')) ?? [];
  return first !== undefined && (last === undefined || Number(first) <= Number(last));
}

/** The token, verified and not revoked, if it was used before, or else null. It is not used by this. */
export async function continuationOf(
  tempid: TempIDService,
  value: string,
  options: VerifyOptions,
): Promise<TempID | null> {
  try {
    const token = await tempid.verifyOrThrow(value, { ...options, checkUses: true });
    const { used } = await tempid.usesInfo(token);
    return used === 0 ? null : token;
  } catch (error) {
    if (!(error instanceof TempIDExhaustedError)) throw error;
    return tempid.verifyOrThrow(value, { ...options, checkUses: false });
  }
}

/**
 * Lets only a part out that does not begin at byte 0, or no content at all. A handler that ignores `Range`, and one
 * whose file is not what `If-Range` names any more, would answer with the whole: the client gets 412 instead, and
 * may ask for the whole by a request that is a use.
 */
export function letOnlyTheRestOut(context: ExecutionContext): void {
  const node = nodeResponseOf(context);
  const { writeHead, write, end } = node;
  let isDecided = false;
  let isRefused = false;

  const decide = () => {
    if (!isDecided && !node.headersSent) node.writeHead(node.statusCode);
  };
  node.writeHead = (...args) => {
    if (isRefused) return node;
    isDecided = true;
    if (isTheRest(node, args)) return Reflect.apply(writeHead, node, args);
    isRefused = true;
    warnOfWhole(Number(args[0]), context);
    for (const name of node.getHeaderNames()) {
      if (!name.startsWith('access-control-')) node.removeHeader(name);
    }
    Reflect.apply(writeHead, node, [412, { 'Cache-Control': 'no-store', 'Content-Length': '0' }]);
    return Reflect.apply(end, node, []);
  };
  // Each asks Node to write the headers only when it has a part of the content in hand.
  node.write = (...args) => {
    decide();
    return isRefused || Reflect.apply(write, node, args);
  };
  node.end = (...args) => {
    decide();
    return isRefused ? node : Reflect.apply(end, node, args);
  };
}

/** An answer without success has no content of the file, and neither has 304. A redirect leads to all of it. */
function isTheRest(node: NodeResponse, [status, ...rest]: readonly unknown[]): boolean {
  if (Number(status) >= 400 || status === 304) return true;
  if (status !== 206) return false;
  const range = headersIn(rest).get('content-range') ?? node.getHeader('content-range');
  return /^bytes [1-9]\d*-/.test(String(range));
}

function warnOfWhole(status: number, context: ExecutionContext): void {
  const { headers } = context.switchToHttp().getRequest<TempIDRequest>();
  if (headers['if-range'] !== undefined) return;
  const handler = `${context.getClass().name}.${context.getHandler().name}`;
  new Logger('TempIDGuard').warn(
    `${handler} has the option 'resumable', and answered a Range with status ${status}, which may be the whole: 412 ` +
      'was sent instead. Answer with 206 and Content-Range, as res.sendFile does, or leave the option out.',
  );
}

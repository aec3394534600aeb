import { type ExecutionContext, Logger } from '@nestjs/common';
import { REDIRECT_METADATA } from '@nestjs/common/constants.js';
import type { DecoratedHandler } from '../requests/route-options.js';
import type { TempIDRequest } from '../requests/extractors.js';
import { allowsRedirect } from '../pages/form-policy.js';
import type { LinkPageOptions } from '../pages/link-page-options.js';
import { isLinkRoute, type TempIDLinkRoute } from './link-options.js';
import { pagePolicy } from '../pages/page-headers.js';
import { redirectTargetsOf } from '../pages/redirect-targets.js';
import { type HttpRequest, isCrossOrigin } from '../requests/request-origin.js';

interface PostedRequest extends HttpRequest {
  readonly method: string;
}

/** The part of Node's response that is used here, which Fastify wraps and Express extends. */
interface NodeResponse {
  readonly statusCode: number;
  once(event: 'finish', listener: () => void): unknown;
}

/** Of Express and of Fastify, which knows its headers better than Node's does. */
interface HttpResponse extends NodeResponse {
  readonly raw?: NodeResponse;
  getHeader(name: string): unknown;
}

type Link = TempIDLinkRoute['link'];

/** Of each link there is one warning, whether the start of one of several modules gives it or a request. */
const warnedLinks = new WeakSet<Link>();

/** Warns of a link whose handler always redirects to a scheme that its page does not allow. */
export function warnOfStaticRedirect(
  { type, name, handler, route }: DecoratedHandler,
  module: LinkPageOptions,
): void {
  if (!isLinkRoute(route)) return;
  const { redirectsTo, contentSecurityPolicy } = { ...module, ...route.link.page };
  const { url }: { url?: unknown } = Object(Reflect.getMetadata(REDIRECT_METADATA, handler));
  // What is decided by the request is seen when there is one.
  if (typeof redirectsTo === 'function' || contentSecurityPolicy) return;
  if (typeof url !== 'string' || !URL.canParse(url)) return;
  const to = new URL(url);
  // An origin may be the application's own, which nobody knows yet.
  if (to.origin !== 'null') return;
  const policy = pagePolicy('', { redirectsTo: redirectsTo ?? [] });
  if (!allowsRedirect(policy, to, 'https://own.invalid')) warn(route.link, type.name, name, to);
}

/** Warns of a click that is answered by a redirect which the page does not allow, once it is answered. */
export function watchRedirect(
  context: ExecutionContext,
  link: Link,
  module: LinkPageOptions,
): void {
  const request = context.switchToHttp().getRequest<PostedRequest>();
  const { origin } = request.headers;
  // Only a page's form is held to its policy, and it says which origin is its own; that of others is not ours.
  if (request.method !== 'POST' || warnedLinks.has(link) || isCrossOrigin(request)) return;
  if (typeof origin !== 'string' || !URL.canParse(origin)) return;
  const response = context.switchToHttp().getResponse<HttpResponse>();
  const node = response.raw ?? response;
  node.once('finish', () => {
    const location = response.getHeader('location');
    const isRedirect = node.statusCode >= 300 && node.statusCode <= 399;
    if (!isRedirect || typeof location !== 'string' || !URL.canParse(location, origin)) return;
    const to = new URL(location, origin);
    if (isAllowed({ ...module, ...link.page }, request, to, origin)) return;
    warn(link, context.getClass().name, context.getHandler().name, to);
  });
}

/** Where a function of the application fails, the log says so as the page is made, and nothing is known here. */
function isAllowed(
  options: LinkPageOptions,
  request: TempIDRequest,
  to: URL,
  ownOrigin: string,
): boolean {
  try {
    const redirectsTo = redirectTargetsOf(options.redirectsTo, request);
    return allowsRedirect(pagePolicy('', { ...options, redirectsTo }), to, ownOrigin);
  } catch {
    return true;
  }
}

/** Says no more of the address than its origin or its scheme. */
function warn(link: Link, type: string, name: string, to: URL): void {
  if (warnedLinks.has(link)) return;
  warnedLinks.add(link);
  const target = to.origin === 'null' ? to.protocol : to.origin;
  new Logger('TempIDLink').warn(
    `${type}.${name} redirects to ${target}, which the policy of its page does not allow: after the click Chrome stops ` +
      `the redirect without a word, and the use is spent. Name it: page: { redirectsTo: ['${target}'] }.`,
  );
}

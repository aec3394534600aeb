import { type ExecutionContext, Logger } from '@nestjs/common';
import { redirectUrlOf } from '../common/nest-internals.js';
import type { DecoratedHandler } from '../requests/route-options.js';
import type { TempIDRequest } from '../requests/extractors.js';
import type { LinkPageOptions } from '../pages/link-page-options.js';
import { isLinkRoute, type TempIDLinkRoute } from './link-options.js';
import { allowsRedirect, pagePolicy } from '../pages/page-headers.js';
import { redirectTargetsOf } from '../pages/redirect-targets.js';
import { type NodeResponse, nodeResponseOf } from '../requests/node-response.js';
import { type HttpRequest, isCrossOrigin } from '../requests/request-origin.js';

/** Of each link there is one warning, whether the start of one of several modules gives it or a request. */
const warnedLinks = new WeakSet<TempIDLinkRoute['link']>();

/** Warns of a link whose handler always redirects to a scheme that its page does not allow. */
export function warnOfStaticRedirect(
  { type, name, handler, route }: DecoratedHandler,
  module: LinkPageOptions,
): void {
  if (!isLinkRoute(route)) return;
  const { redirectsTo, contentSecurityPolicy } = { ...module, ...route.link.page };
  const url = redirectUrlOf(handler);
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
  link: TempIDLinkRoute['link'],
  module: LinkPageOptions,
): void {
  const request = context.switchToHttp().getRequest<HttpRequest & { readonly method: string }>();
  const { origin } = request.headers;
  // Only a page's form is held to its policy, and it says which origin is its own; that of others is not ours.
  if (request.method !== 'POST' || warnedLinks.has(link) || isCrossOrigin(request)) return;
  if (typeof origin !== 'string' || !URL.canParse(origin)) return;
  // Fastify's reply has the headers that it hands to Node as it writes them, and Node does not keep those.
  const response = context.switchToHttp().getResponse<Pick<NodeResponse, 'getHeader'>>();
  const node = nodeResponseOf(context);
  node.once('finish', () => {
    const location = response.getHeader('location');
    const isRedirect = node.statusCode >= 300 && node.statusCode <= 399;
    if (!isRedirect || typeof location !== 'string' || !URL.canParse(location, origin)) return;
    const to = new URL(location, origin);
    if (isAllowed({ ...module, ...link.page }, request, to, origin)) return;
    warn(link, context.getClass().name, context.getHandler().name, to);
  });
}

/** Where a function of the application fails, the log says so as the page is made. */
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
function warn(link: TempIDLinkRoute['link'], type: string, name: string, to: URL): void {
  if (warnedLinks.has(link)) return;
  warnedLinks.add(link);
  const target = to.origin === 'null' ? to.protocol : to.origin;
  new Logger('TempIDLink').warn(
    `${type}.${name} redirects to ${target}, which the policy of its page does not allow: after the click Chrome stops ` +
      `the redirect without a word, and the use is spent. Name it: page: { redirectsTo: ['${target}'] }.`,
  );
}

import { validateHeaderValue } from 'node:http';
import type { LinkPageOptions } from './link-page-options.js';

/** What a page's policy is made of. */
interface PolicyOptions extends Pick<LinkPageOptions, 'contentSecurityPolicy'> {
  readonly redirectsTo: readonly string[];
}

/**
 * The address of the page holds the token: it must not leave by a referrer, a cache or a frame.
 *
 * @throws TypeError for a policy that no header can hold
 */
export function pageHeaders(nonce: string, options: PolicyOptions): readonly [string, string][] {
  const csp = pagePolicy(nonce, options);
  validateHeaderValue('Content-Security-Policy', csp);
  return [
    ['Content-Type', 'text/html; charset=utf-8'],
    ['Content-Security-Policy', csp],
    ['Cache-Control', 'no-store'],
    // No path and no query, so no token; without an origin the form would be posted by 'Origin: null'.
    ['Referrer-Policy', 'strict-origin'],
    ['X-Frame-Options', 'DENY'],
    ['X-Content-Type-Options', 'nosniff'],
    ['X-Robots-Tag', 'noindex'],
    ['Cross-Origin-Opener-Policy', 'same-origin'],
  ];
}

/** The Content-Security-Policy of a page. */
export function pagePolicy(nonce: string, options: PolicyOptions): string {
  return options.contentSecurityPolicy?.(nonce) ?? ourPolicy(nonce, options.redirectsTo);
}

function ourPolicy(nonce: string, redirectsTo: readonly string[]): string {
  return [
    `default-src 'none'`,
    `style-src 'nonce-${nonce}'`,
    `img-src 'self'`,
    // Chrome holds the redirect after a form to it as well.
    ['form-action', `'self'`, ...redirectsTo].join(' '),
    `base-uri 'none'`,
    `frame-ancestors 'none'`,
  ].join('; ');
}

const HOST_SOURCE = /^(?:([a-z][a-z\d+.-]*):\/\/)?(\*|[^:/]+|\[[^\]]*\])(?::[\d*]+)?(?:\/.*)?$/;

/** Whether a form of a page with this policy may be answered by a redirect to an address (CSP, `form-action`). */
export function allowsRedirect(policy: string, to: URL, ownOrigin: string): boolean {
  const sources = formActionOf(policy);
  return !sources || sources.some((source) => isMatch(source, to, new URL(ownOrigin)));
}

/** undefined where the policy leaves forms alone. */
function formActionOf(policy: string): readonly string[] | undefined {
  const directives = policy.split(';').map((text) => text.trim().toLowerCase().split(/\s+/));
  return directives.find(([name]) => name === 'form-action')?.slice(1);
}

/** Ports and paths are left out: what is compared is what a warning is worth. */
function isMatch(source: string, { protocol, hostname }: URL, own: URL): boolean {
  const isWeb = protocol === 'http:' || protocol === 'https:';
  if (source === `'self'`) return isScheme(own.protocol, protocol) && own.hostname === hostname;
  if (source.endsWith(':')) return isScheme(source, protocol);
  const [, scheme, host = ''] = HOST_SOURCE.exec(source) ?? [];
  if (scheme === undefined ? !isWeb : !isScheme(`${scheme}:`, protocol)) return false;
  if (host === '*') return true;
  return host.startsWith('*.') ? hostname.endsWith(host.slice(1)) : host === hostname;
}

/** What may be had without TLS may be had with it. */
function isScheme(named: string, protocol: string): boolean {
  return named === protocol || (named === 'http:' && protocol === 'https:');
}

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

import { validateHeaderValue } from 'node:http';
import type { LinkPageOptions } from './link-options.js';

/**
 * The address of the page holds the token: it must not leave by a referrer, a cache or a frame.
 *
 * @throws TypeError for a policy that no header can hold
 */
export function pageHeaders(nonce: string, options: LinkPageOptions): readonly [string, string][] {
  const { contentSecurityPolicy, redirectsTo = [] } = options;
  const csp = contentSecurityPolicy?.(nonce) ?? policy(nonce, redirectsTo);
  validateHeaderValue('Content-Security-Policy', csp);
  return [
    ['Content-Type', 'text/html; charset=utf-8'],
    ['Content-Security-Policy', csp],
    ['Cache-Control', 'no-store'],
    ['Referrer-Policy', 'no-referrer'],
    ['X-Frame-Options', 'DENY'],
    ['X-Content-Type-Options', 'nosniff'],
    ['X-Robots-Tag', 'noindex'],
    ['Cross-Origin-Opener-Policy', 'same-origin'],
  ];
}

function policy(nonce: string, redirectsTo: readonly string[]): string {
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

import type { IncomingMessage, ServerResponse } from 'node:http';

/** Of every page. */
export const POLICY = policy(`'self'`);

/** Of pages that are made here or by nestjs-tempid, whose style has a nonce. */
export function policyWith(nonce: string): string {
  return policy(`'self' 'nonce-${nonce}'`);
}

function policy(styles: string): string {
  return [
    `default-src 'none'`,
    `style-src ${styles}`,
    `img-src 'self'`,
    `form-action 'self'`,
    `base-uri 'none'`,
    `frame-ancestors 'none'`,
  ].join('; ');
}

const HEADERS = {
  'Content-Security-Policy': POLICY,
  'Referrer-Policy': 'strict-origin',
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
};

/** A token in an address must not leave in a Referer, nor stay in a cache; the origin alone may, and forms need it. */
export function securityHeaders(
  _request: IncomingMessage,
  response: ServerResponse,
  next: () => void,
): void {
  for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
  next();
}

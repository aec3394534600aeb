import type { ArgumentsHost } from '@nestjs/common';
import { trimHeader } from '../requests/trim-header.js';

/** The part of Node's response that is used here. */
interface NodeResponse {
  setHeader(name: string, value: unknown): unknown;
}

const NAME = 'set-cookie';

/**
 * Sets cookies that stay the last word: session middleware that knows nothing of them adds its own of the same
 * name as the headers are written, of a new and empty session, and a browser keeps the last one.
 *
 * @param cookies as in Set-Cookie
 */
export function setCookies(host: ArgumentsHost, cookies: readonly string[]): void {
  if (cookies.length === 0) return;
  const response = host.switchToHttp().getResponse<NodeResponse & { raw?: NodeResponse }>();
  const node = response.raw ?? response;
  const { setHeader } = node;
  const names = new Set(cookies.map(nameOf));
  node.setHeader = (name, value) => {
    if (name.toLowerCase() !== NAME) return Reflect.apply(setHeader, node, [name, value]);
    const others = [value].flat().map(String);
    const kept = others.filter((cookie) => !names.has(nameOf(cookie)));
    return Reflect.apply(setHeader, node, [name, [...kept, ...cookies]]);
  };
  node.setHeader(NAME, [...cookies]);
}

function nameOf(cookie: string): string {
  return trimHeader(cookie.slice(0, cookie.indexOf('=')));
}

import type { Server } from 'node:net';
import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Look } from './looks.js';
import { ownOrigin } from '../own-origin.js';

/** What a look was answered. */
export interface Sight {
  readonly status: number;
  /** The heading of the page that came; null where none did. */
  readonly heading: string | null;
  /** How many addresses on the page it asked for as well. */
  readonly followed: number;
}

/** Looks at addresses of this server, and of no other, as mail scanners do. */
@Injectable()
export class Scanner {
  constructor(private readonly adapterHost: HttpAdapterHost) {}

  async look(path: string, look: Look): Promise<Sight> {
    const { status, text, address } = await this.ask(path, look);
    const [, heading = null] = /<h1>([^<]*)<\/h1>/.exec(text) ?? [];
    const found = look.follows ? addressesIn(text, address) : [];
    await Promise.all(found.map((each) => this.ask(each, look)));
    return { status, heading, followed: found.length };
  }

  private async ask(path: string, { method, headers }: Look) {
    const origin = ownOrigin(this.adapterHost.httpAdapter.getHttpServer() as Server);
    const address = new URL(path, origin);
    if (address.origin !== origin) throw new Error('The scanner looks at no other server.');
    const signal = AbortSignal.timeout(5_000);
    const response = await fetch(address, { method, headers, signal, redirect: 'manual' });
    return { status: response.status, text: await response.text(), address };
  }
}

/** The paths, each once, of what a page leads to or loads on its own server. */
function addressesIn(text: string, page: URL): string[] {
  const found = [...text.matchAll(/ (?:href|src)="([^"#]+)"/g)].flatMap(([, link = '']) => {
    const { origin, pathname, search } = new URL(link.replaceAll('&amp;', '&'), page);
    return origin === page.origin ? pathname + search : [];
  });
  return [...new Set(found)];
}

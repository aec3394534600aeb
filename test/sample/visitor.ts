import { createApp } from '../../sample/create-app.js';
import type { Settings } from '../../sample/settings.js';
import { type RequestOptions, send } from '../support/request.js';

export const ADA = 'ada@example.com';
export const FIRST_PASSWORD = 'analytical engine';

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
  readonly location: string | null;
}

/** A person with a browser that keeps cookies, and shows redirects instead of following them. */
export class Visitor {
  /** Of a name and a value, as the server set them. */
  readonly cookies = new Map<string, string>();

  constructor(private readonly origin: string) {}

  /** Somebody else, or the same person with another browser. */
  another(): Visitor {
    return new Visitor(this.origin);
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.ask(path, { headers });
  }

  head(path: string): Promise<Answer> {
    return this.ask(path, { method: 'HEAD' });
  }

  post(path: string, fields: Record<string, string>): Promise<Answer> {
    return this.ask(path, { method: 'POST', body: new URLSearchParams(fields) });
  }

  /** Presses the only button of a page that was opened at a path. */
  press(path: string, { text }: Answer, fields: Record<string, string> = {}): Promise<Answer> {
    const action = /<form method="post" action="([^"]*)"/.exec(text)?.[1] ?? 'no-form';
    const hidden = [...text.matchAll(/<input type="hidden" name="([\w-]+)" value="([^"]*)"/g)];
    const unseen = Object.fromEntries(hidden.map(([, name = '', value = '']) => [name, value]));
    return this.post(new URL(action, this.origin + path).pathname, { ...unseen, ...fields });
  }

  signIn(password: string, email = ADA): Promise<Answer> {
    return this.post('/password/sign-in', { email, password });
  }

  forgot(email = ADA): Promise<Answer> {
    return this.post('/password/forgot', { email });
  }

  /** The link in the newest mail. */
  async newestLink(): Promise<string> {
    return (await this.links())[0] ?? '';
  }

  async links(): Promise<string[]> {
    const { text } = await this.get('/outbox');
    return [...text.matchAll(/<a class="button" href="([^"]+)"/g)].map(([, href = '']) => href);
  }

  private async ask(path: string, { headers: more, ...init }: RequestOptions): Promise<Answer> {
    const cookie = [...this.cookies].map((pair) => pair.join('=')).join('; ');
    const headers = { accept: 'text/html', ...(cookie && { cookie }), ...more };
    const response = await send(this.origin + path, { ...init, headers });
    this.keep(response.headers.getSetCookie());
    return { ...response, location: response.headers.get('location') };
  }

  private keep(lines: readonly string[]): void {
    for (const line of lines) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '') this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
  }
}

/** What the form of a page sends along unseen. */
export function hiddenToken({ text }: Answer): string {
  return /name="token" value="([^"]+)"/.exec(text)?.[1] ?? '';
}

export function heading({ text }: Answer): string {
  return /<h1>([^<]*)<\/h1>/.exec(text)?.[1] ?? '';
}

/** `2 of 3` */
export function usesLeft({ text }: Answer): string {
  return /<strong>(\d+)<\/strong> (of \d+)/.exec(text)?.slice(1).join(' ') ?? '';
}

/** The real application on a port of its own, and somebody who visits it. */
export async function start(settings: Partial<Settings> = {}) {
  const app = await createApp({ sqliteFile: ':memory:', linksOutliveRestart: false, ...settings });
  // On a busy machine a client can otherwise send just as its idle connection is closed.
  app.getHttpServer().keepAliveTimeout = 60_000;
  await app.listen(0, '127.0.0.1');
  return { app, visitor: new Visitor(await app.getUrl()) };
}

export function tokenOf(link: string): string {
  return link.split('token=')[1] ?? '';
}

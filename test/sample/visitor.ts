import { createApp } from '../../sample/create-app.js';
import type { Settings } from '../../sample/settings.js';

export const ADA = 'ada@example.com';
export const FIRST_PASSWORD = 'analytical engine';

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
  readonly location: string | null;
}

/** A person with a browser that shows redirects instead of following them. */
export class Visitor {
  constructor(private readonly origin: string) {}

  get(path: string): Promise<Answer> {
    return this.ask(path, {});
  }

  head(path: string): Promise<Answer> {
    return this.ask(path, { method: 'HEAD' });
  }

  post(path: string, fields: Record<string, string>): Promise<Answer> {
    return this.ask(path, { method: 'POST', body: new URLSearchParams(fields) });
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

  private async ask(path: string, init: RequestInit): Promise<Answer> {
    const response = await fetch(this.origin + path, { ...init, redirect: 'manual' });
    const { status, headers } = response;
    return { status, headers, text: await response.text(), location: headers.get('location') };
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
  await app.listen(0, '127.0.0.1');
  return { app, visitor: new Visitor(await app.getUrl()) };
}

export function tokenOf(link: string): string {
  return link.split('token=')[1] ?? '';
}

import { type RequestOptions, send } from '../support/request.js';

export interface Page {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
  readonly location: string | null;
}

/** A person's browser: it keeps cookies, asks for HTML, and shows redirects instead of following them. */
export class Browser {
  readonly cookies = new Map<string, string>();

  constructor(private readonly running: { readonly url: string; readonly app?: unknown }) {}

  open(path: string, headers: Record<string, string> = {}): Promise<Page> {
    return this.ask(path, { headers });
  }

  head(path: string): Promise<Page> {
    return this.ask(path, { method: 'HEAD' });
  }

  /** Presses the button of a page that was opened at a path. */
  press(path: string, { text }: Page): Promise<Page> {
    const action = actionOf(text);
    const body = new URLSearchParams();
    for (const [, name = '', value = ''] of text.matchAll(/name="([\w-]+)" value="([^"]*)"/g)) {
      body.set(name, value);
    }
    const { pathname, search } = new URL(action, this.running.url + path);
    return this.ask(pathname + search, { method: 'POST', body });
  }

  private async ask(path: string, init: RequestOptions): Promise<Page> {
    const cookie = [...this.cookies].map((pair) => pair.join('=')).join('; ');
    const headers = { accept: 'text/html', ...(cookie && { cookie }), ...init.headers };
    const response = await send(this.running.url + path, { ...init, headers });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      this.cookies.set(name, value);
    }
    return { ...response, location: response.headers.get('location') };
  }
}

export function heading({ text }: Page): string {
  return /<h1>([^<]*)<\/h1>/.exec(text)?.[1] ?? '';
}

/** Where the form of a page posts to. */
export function actionOf(html: string): string {
  const [, action = 'no form'] = /<form method="post" action="([^"]*)"/.exec(html) ?? [];
  const entities = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
  return Object.entries(entities).reduceRight(
    (text, [name, character]) => text.replaceAll(`&${name};`, character),
    action,
  );
}

import { html, type Html } from './html.js';

const SECTIONS = [
  { path: '/password/forgot', name: 'Password' },
  { path: '/magic-login', name: 'Magic login' },
  { path: '/code', name: 'Code' },
  { path: '/invite', name: 'Invite' },
  { path: '/download', name: 'Download' },
  { path: '/scanner', name: 'Scanner' },
  { path: '/outbox', name: 'Outbox' },
] as const;

export interface Page {
  /** What the title bar and the only first-level heading say. */
  readonly title: string;
  /** The section of the navigation that the page belongs to. */
  readonly section?: (typeof SECTIONS)[number]['name'];
  /** Whether the page shows a form again because of a mistake, which its title then says first. */
  readonly refused?: boolean;
  readonly lede?: Html | string;
  readonly content: Html;
}

/** The whole document. Express sends a string as HTML. */
export function page({ title, section, refused = false, lede, content }: Page): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${refused && 'Error: '}${title} – Temporary links</title>
        <link rel="icon" href="/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/style.css" />
      </head>
      <body>
        <a class="skip" href="#content">Skip to the content</a>
        <header class="top">
          <a class="brand" href="/"
            ><img src="/icon.svg" alt="" width="30" height="30" />Temporary links</a
          >
          <nav aria-label="Main">
            <ul>
              ${SECTIONS.map((each) => navigationItem(each, section))}
            </ul>
          </nav>
        </header>
        <main id="content" tabindex="-1">
          <h1>${title}</h1>
          ${lede !== undefined && html`<p class="lede">${lede}</p>`} ${content}
        </main>
        <footer>
          <p>
            The sample application of <code>nestjs-tempid</code>. No mail leaves this machine, and
            no page uses JavaScript. Only signing in by a link or a code sets cookies: one knows the
            browser that asked, one waits for the code, one is the session.
          </p>
        </footer>
      </body>
    </html>`.toString();
}

function navigationItem({ path, name }: (typeof SECTIONS)[number], section?: string): Html {
  return name === section
    ? html`<li><a href="${path}" aria-current="true">${name}</a></li>`
    : html`<li><a href="${path}">${name}</a></li>`;
}

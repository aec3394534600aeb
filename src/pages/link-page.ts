import type { TempIDErrorCode } from '../common/errors.js';
import type { TempID } from '../token/tempid.js';
import { html, raw } from './html.js';
import { BLUE, CARD, colorStyle, type PageColor } from './page-color.js';

/** What a page of a link shows, as data: what a `template` is given. */
export interface LinkPage {
  /** `'confirm'` asks for the click; `'refused'` says why a link does not work. */
  readonly kind: 'confirm' | 'refused';
  /** The code of the refusal; null of a good link. */
  readonly code: TempIDErrorCode | null;
  /** The token of a good link, which is not used yet. */
  readonly token: TempID | null;
  /**
   * The token of a link that has expired, where purpose, audience, issuer and subject are those of the route: to
   * read, such as whom to send a new one, and never to trust as valid. Whoever has the old link sees this page:
   * show nothing of it. null of all others.
   */
  readonly expiredToken: TempID | null;
  readonly lang: string;
  readonly dir: 'ltr' | 'rtl';
  readonly appName: string | null;
  readonly title: string;
  readonly text: string;
  /** The form with its button, as HTML that is to be put into the page as it is; null of a bad link. */
  readonly form: string | null;
  /** Where a new link is to be had, and what its button says. */
  readonly askAgain: { readonly url: string; readonly label: string } | null;
  /** What `<style nonce="…">` needs to be heeded. */
  readonly nonce: string;
}

/** Makes the whole HTML of a page, or null for ours. It must escape what is from the payload. */
export type LinkTemplate = (page: LinkPage) => string | null | Promise<string | null>;

/** A form that posts the token in its body, so that the next address holds none. */
export function linkForm(form: {
  readonly action: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly button: string;
}): string {
  const fields = Object.entries(form.fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`,
  );
  return html`<form method="post" action="${form.action}">
    ${fields}<button type="submit">${form.button}</button>
  </form>`.toString();
}

/** The page unless a template is given: no script, no image, nothing from elsewhere. */
export function defaultTemplate(page: LinkPage, color: PageColor = BLUE): string {
  const { lang, dir, appName, title, text, form, askAgain, nonce } = page;
  return html`<!doctype html>
    <html lang="${lang}" dir="${dir}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>${appName === null ? title : `${title} – ${appName}`}</title>
        <style nonce="${nonce}">
          ${raw(STYLE + colorStyle(color))}
        </style>
      </head>
      <body>
        <main>
          ${appName !== null && html`<p class="app">${appName}</p>`}
          <h1>${title}</h1>
          <p>${text}</p>
          ${form !== null && raw(form)}
          ${askAgain && html`<p class="again"><a class="button" href="${askAgain.url}">${askAgain.label}</a></p>`}
        </main>
      </body>
    </html>`.toString();
}

const STYLE = `
:root { color-scheme: light dark; --back: #f4f5f7; --card: ${CARD.light}; --ink: #1b1f24; --soft: #4d5560; --line: #d5d9df; }
@media (prefers-color-scheme: dark) {
  :root { --back: #14171b; --card: ${CARD.dark}; --ink: #eceff3; --soft: #aeb6c1; --line: #363c45; }
}
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.25rem; background: var(--back); color: var(--ink); font: 1.0625rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; -webkit-text-size-adjust: 100%; }
main { width: 100%; max-width: 30rem; padding: clamp(1.5rem, 6vw, 2.5rem); background: var(--card); border: 1px solid var(--line); border-radius: .9rem; overflow-wrap: anywhere; }
h1 { margin: 0; font-size: clamp(1.5rem, 1.2rem + 2vw, 2rem); line-height: 1.2; letter-spacing: -.01em; text-wrap: balance; }
p { margin: .9rem 0 0; color: var(--soft); }
.app { margin: 0 0 .5rem; font-weight: 650; color: var(--ink); }
form, .again { margin: 1.6rem 0 0; }
button, .button { display: inline-block; width: 100%; min-height: 3rem; padding: .65rem 1.25rem; border: 0; border-radius: .55rem; box-shadow: inset 0 0 0 2px var(--edge); background: var(--main); color: var(--on-main); font: inherit; font-weight: 650; text-align: center; text-decoration: none; cursor: pointer; }
button:hover, .button:hover { text-decoration: underline; text-underline-offset: .2em; }
:focus-visible { outline: 3px solid var(--ink); outline-offset: 3px; }
`.trim();

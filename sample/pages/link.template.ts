import type { LinkPage, LinkPageOptions } from 'nestjs-tempid';
import { Html, html } from './html.js';
import { page, type Page } from './layout.js';
import { POLICY } from './security-headers.js';

/** Gives the pages of `@TempIDLink` the looks of all others, and the policy that their stylesheet needs. */
export function looksOf(section: NonNullable<Page['section']>): LinkPageOptions {
  return {
    template: (link) => linkPage(link, section),
    contentSecurityPolicy: () => POLICY,
  };
}

function linkPage(
  { title, text, form, askAgain }: LinkPage,
  section: NonNullable<Page['section']>,
): string {
  return page({
    title,
    section,
    lede: text,
    content: html`
      ${form !== null && html`<div class="link">${new Html(form)}</div>`}
      ${askAgain && html`<p><a class="button" href="${askAgain.url}">${askAgain.label}</a></p>`}
    `,
  });
}

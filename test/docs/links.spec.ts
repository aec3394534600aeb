import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { PAGES, proseOf } from './support/pages.js';

interface Link {
  readonly page: string;
  readonly line: number;
  readonly target: string;
}

/** `[text](target)`, `![text](target)`, `[name]: target`, and the `href` and `src` of HTML. */
const LINK = /\]\(([^)\s]+)(?: "[^"]*")?\)|^\[[^\]]+\]: (\S+)|\b(?:href|src)="([^"]+)"/gm;

function linksOf(page: string): Link[] {
  const text = proseOf(page).replaceAll(/`[^`\n]*`/g, (code) => code.replaceAll(/[^`]/g, '-'));
  return [...text.matchAll(LINK)].map((match) => ({
    page,
    line: text.slice(0, match.index).split('\n').length,
    target: match.slice(1).find(Boolean) ?? '',
  }));
}

/** The anchors of a page, as GitHub makes them of its headings, and those that it has itself. */
function anchorsOf(page: string): Set<string> {
  const headings = [...proseOf(page).matchAll(/^#{1,6} (.+)$/gm)].map(([, title = '']) =>
    anchorOf(title),
  );
  const counts = new Map<string, number>();
  const numbered = headings.map((anchor) => {
    const count = counts.get(anchor) ?? 0;
    counts.set(anchor, count + 1);
    return count === 0 ? anchor : `${anchor}-${count}`;
  });
  const own = [...readFileSync(page, 'utf8').matchAll(/<a id="([^"]+)"/g)].map(([, id = '']) => id);
  return new Set([...numbered, ...own]);
}

const anchorOf = (title: string): string =>
  title
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
    .replaceAll(' ', '-');

const isElsewhere = ({ target }: Link) => /^[a-z][a-z+.-]*:/.test(target);

describe('the links of the pages', () => {
  const links = PAGES.flatMap(linksOf).filter((link) => !isElsewhere(link));
  const pathOf = ({ page, target }: Link) => {
    const [path = ''] = target.split('#');
    return path === '' ? page : join(dirname(page), path);
  };
  const show = ({ page, line, target }: Link) => `${page}:${line} ${target}`;

  it('lead to files that are there', () => {
    expect(links.length).toBeGreaterThan(100);
    expect(links.filter((link) => !existsSync(pathOf(link))).map(show)).toEqual([]);
  });

  it('lead to headings that are there', () => {
    const withAnchor = links.filter(({ target }) => target.includes('#'));
    const dead = withAnchor.filter((link) => {
      const page = pathOf(link);
      const anchor = link.target.split('#')[1] ?? '';
      return !page.endsWith('.md') || !existsSync(page) || !anchorsOf(page).has(anchor);
    });
    expect(withAnchor.length).toBeGreaterThan(50);
    expect(dead.map(show)).toEqual([]);
  });
});

// How Markdown that GitHub shows becomes Markdown of the site.
import { posix } from 'node:path';

const FENCE = /^ *(`{3,}|~{3,})[^\n]*\n[\s\S]*?^ *\1[`~]* *$/;
const CODE = /(?<ticks>`+)(?!`)[\s\S]*?(?<!`)\k<ticks>(?!`)/;
const IMAGE = /!\[(?<alt>[^\]]*)\]\((?<image>[^\s)]+)\)/;
const LINK = /\[(?<text>(?:!\[[^\]]*\]\([^)]*\)|`[^`]*`|[^[\]`])*)\]\((?<target>[^\s)]+)\)/;
const ATTRIBUTE = /(?<name>\b(?:src|href))="(?<value>[^"]+)"/;
const PARTS = new RegExp(
  [FENCE, CODE, IMAGE, LINK, ATTRIBUTE].map(({ source }) => source).join('|'),
  'gm',
);

const isElsewhere = (target) => /^(?:[a-z][a-z0-9+.-]*:|\/\/|#)/i.test(target);

/** The anchor that GitHub gives a heading. */
export const anchorOf = (heading) =>
  heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
    .replaceAll(' ', '-');

/** The text of the first heading, without what marks code. */
export const titleOf = (markdown) => /^# (.+)$/m.exec(markdown)?.[1].replaceAll('`', '');

/** The path of a page in the site: a README is the index of its folder. */
export const pagePath = (file) => file.replace(/(^|\/)README\.md$/, '$1index.md');

/**
 * The web address of a file of the repository, or null where package.json has none yet.
 * `repository` is the field of package.json.
 */
export function sourceUrl(repository, file) {
  const url = repository.url.replace(/^git\+/, '').replace(/\.git$/, '');
  return url && `${url}/blob/HEAD/${file}`;
}

/**
 * Rewrites what the Markdown of `file` links to. `files` knows the repository: `has(path)`, `isPage(path)` and
 * `sourceUrl(path)`. What is no page and has no address is plain code.
 * @throws Error for a link to a file that is not there
 */
export function toSite(markdown, file, files) {
  const rewritten = (part, ...rest) => {
    const { alt, image, text, target, name, value } = rest.at(-1);
    if (image) return `![${alt}](${destinationOf(image)})`;
    if (name) return `${name}="${destinationOf(value) ?? '#'}"`;
    if (!target) return part;
    const label = text.replaceAll(PARTS, rewritten);
    const destination = destinationOf(target);
    return destination ? `[${label}](${destination})` : plain(text, target);
  };

  /** Where it leads in the site; null where nowhere. */
  function destinationOf(target) {
    if (isElsewhere(target)) return target;
    const [path, anchor] = target.split('#');
    const found = posix.join(posix.dirname(file), decodeURIComponent(path)).replace(/\/$/, '');
    if (!files.has(found)) throw new Error(`${file} links to ${target}, which is not there.`);
    const page = [found, posix.join(found, 'README.md')].find(files.isPage);
    if (page) return `${relative(pagePath(page))}${anchor ? `#${anchor}` : ''}`;
    if (/\.(?:png|svg|jpg|gif|webp)$/.test(found)) return `/${found}`;
    return files.sourceUrl(found) || null;
  }

  const relative = (page) => {
    const path = posix.relative(posix.dirname(file), page);
    return path.startsWith('.') ? path : `./${path}`;
  };

  return markdown.replaceAll(PARTS, rewritten);
}

/** `[the test](test/a.ts)` is: the test (`test/a.ts`); a text that says the path is enough. */
function plain(text, target) {
  const path = target.replace(/^(?:\.\.?\/)+|\/?(?:#.*)?$/g, '');
  const bare = text.replaceAll('`', '');
  return path.endsWith(bare) ? `\`${bare}\`` : `${text} (\`${path}\`)`;
}

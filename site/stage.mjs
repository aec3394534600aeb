// Copies the pages of the repository to where VitePress reads them.
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { pagePath, sourceUrl, titleOf, toSite } from './markdown.mjs';
import { outlineOf } from './outline.mjs';

/** Writes the pages of `root` into `folder`. Returns them, by their path in the site, and their outline. */
export function stage(root, folder) {
  const { repository } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const sources = new Map(
    pagesOf(root).map((file) => [file, readFileSync(join(root, file), 'utf8')]),
  );
  const files = {
    has: (file) => existsSync(join(root, file)),
    isPage: (file) => sources.has(file),
    sourceUrl: (file) => sourceUrl(repository, file),
  };
  const pages = new Map(
    [...sources].map(([file, markdown]) => [pagePath(file), toSite(markdown, file, files)]),
  );
  rmSync(folder, { recursive: true, force: true });
  write(folder, pages);
  cpSync(join(root, 'docs/images'), join(folder, 'public/docs/images'), { recursive: true });
  cpSync(join(root, 'site/public'), join(folder, 'public'), { recursive: true });
  return { pages, outline: outlineOf(sources, titleOf) };
}

/** All Markdown at the root of the repository and in docs/. */
const pagesOf = (root) =>
  [
    ...readdirSync(root),
    ...readdirSync(join(root, 'docs'), { recursive: true }).map(
      (file) => `docs/${file.replaceAll('\\', '/')}`,
    ),
  ].filter((file) => file.endsWith('.md'));

/** `pages` has what is written, by its path in the folder. */
export function write(folder, pages) {
  for (const [file, text] of pages) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
}

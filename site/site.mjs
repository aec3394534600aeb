// All steps from the Markdown and the docstrings to the files that a web server sends.
import { join } from 'node:path';
import { readdirSync, readFileSync } from 'node:fs';
import { build } from 'vitepress';
import { faultsOf } from './check.mjs';
import { llmsFull, llmsIndex } from './llms.mjs';
import { pagePath } from './markdown.mjs';
import { writeReference } from './reference.mjs';
import { stage, write } from './stage.mjs';

export async function buildSite(root, base) {
  const pagesFolder = join(root, 'site/build/pages');
  const dist = join(root, 'site/dist');
  const { name, description } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

  const { pages, outline } = stage(root, pagesFolder);
  const reference = await writeReference(root, join(pagesFolder, 'reference'));
  write(join(root, 'site/build'), [
    ['contents.json', JSON.stringify({ name, description, outline, reference })],
  ]);
  await build(join(root, 'site'), { base });

  // Each page is there as Markdown, too.
  const markdown = readdirSync(pagesFolder, { recursive: true }).filter((file) =>
    file.endsWith('.md'),
  );
  write(
    dist,
    markdown.map((file) => [file, readFileSync(join(pagesFolder, file), 'utf8')]),
  );
  const entries = reference.map(({ title, path }) => ({
    title,
    note: '',
    file: `reference/${path}`,
    entries: [],
  }));
  const sections = [...outline, { title: 'API reference', entries }];
  write(dist, [
    ['llms.txt', llmsIndex({ name, description, outline: sections, addressOf: pagePath })],
    ['llms-full.txt', llmsFull(pages)],
  ]);

  const faults = faultsOf(dist, base);
  if (faults.length > 0)
    throw new Error(`The site has ${faults.length} faults:\n${faults.join('\n')}`);
}

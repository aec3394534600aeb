import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { faultsOf } from '../../site/check.mjs';
import { llmsFull, llmsIndex } from '../../site/llms.mjs';
import { anchorOf, pagePath, sourceUrl, titleOf, toSite } from '../../site/markdown.mjs';
import { outlineOf } from '../../site/outline.mjs';
import { stage, write } from '../../site/stage.mjs';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'site-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('the Markdown of the site', () => {
  const PAGES = new Set([
    'README.md',
    'docs/README.md',
    'docs/keys.md',
    'docs/decisions/README.md',
    'docs/decisions/own-cbor.md',
  ]);
  const OTHERS = new Set(['docs', 'docs/decisions', 'docs/images/a.png', 'src', 'src/index.ts']);
  const files = (repositoryUrl = '') => ({
    has: (path: string) => PAGES.has(path) || OTHERS.has(path),
    isPage: (path: string) => PAGES.has(path),
    sourceUrl: (path: string) => sourceUrl({ url: repositoryUrl }, path),
  });

  it.each([
    ['README.md', '[keys](docs/keys.md#rotate)', '[keys](./docs/keys.md#rotate)'],
    ['README.md', '[all](docs)', '[all](./docs/index.md)'],
    ['docs/keys.md', '[`README`](../README.md#keys)', '[`README`](../index.md#keys)'],
    ['docs/decisions/own-cbor.md', '[pages](..)', '[pages](../index.md)'],
    ['docs/keys.md', '[why](decisions/)', '[why](./decisions/index.md)'],
    ['docs/keys.md', '[here](#rotate), [there](https://nestjs.com)', undefined],
    ['docs/keys.md', '![a](images/a.png)', '![a](/docs/images/a.png)'],
    [
      'README.md',
      '<img src="docs/images/a.png" alt="" />',
      '<img src="/docs/images/a.png" alt="" />',
    ],
    ['README.md', '<a href="docs/keys.md">k</a>', '<a href="./docs/keys.md">k</a>'],
    [
      'README.md',
      '[![a](docs/images/a.png)](docs/keys.md)',
      '[![a](/docs/images/a.png)](./docs/keys.md)',
    ],
    ['README.md', '`[a](b)` and ``[`c`](d)``', undefined],
    ['README.md', '```md\n[a](b)\n```\n\n    indented\n\n~~~\n[a](b)\n~~~', undefined],
  ])('rewrites in %s: %j', (file, markdown, expected = markdown) => {
    expect(toSite(markdown, file, files())).toBe(expected);
  });

  it.each([
    ['[src/index.ts](../src/index.ts)', '`src/index.ts`'],
    ['[`index.ts`](../src/index.ts)', '`index.ts`'],
    ['[the entry](../src/index.ts)', 'the entry (`src/index.ts`)'],
    ['[src](../src/)', '`src`'],
  ])('shows the link to source %s as code while the repository has no address', (link, code) => {
    expect(toSite(link, 'docs/keys.md', files())).toBe(code);
  });

  it('links to source at the address that package.json has for the repository', () => {
    const page = toSite(
      '[the entry](../src/index.ts)',
      'docs/keys.md',
      files('git+https://x.example/a/b.git'),
    );
    expect(page).toBe('[the entry](https://x.example/a/b/blob/HEAD/src/index.ts)');
  });

  it.each([
    '[a](gone.md)',
    '[a](../src/gone.ts)',
    '![a](images/gone.png)',
    '<a href="gone.md">a</a>',
  ])('does not take %s, which leads nowhere', (link) => {
    expect(() => toSite(link, 'docs/keys.md', files())).toThrow(/^docs\/keys\.md links to .*gone/);
  });

  it.each([
    ['Keys', 'keys'],
    ['`ws` on Nest 11', 'ws-on-nest-11'],
    ['Rails: `generates_token_for`', 'rails-generates_token_for'],
    ['@nestjs/jwt', 'nestjsjwt'],
    ['v1: links already sent', 'v1-links-already-sent'],
    ['Où — là', 'où--là'],
  ])('gives the heading "%s" the anchor that GitHub gives it', (heading, anchor) => {
    expect(anchorOf(heading)).toBe(anchor);
  });

  it('has each page of this repository, and a place in the outline for it', () => {
    const { pages, outline } = stage('.', folder);
    const staged = readdirSync(folder, { recursive: true }).map((path) =>
      String(path).replaceAll('\\', '/'),
    );
    expect(staged.filter((file) => file.endsWith('.md')).toSorted()).toEqual(
      [...pages.keys()].toSorted(),
    );
    expect([...pages.keys()]).toEqual(
      expect.arrayContaining(['index.md', 'docs/decisions/index.md', 'ARCHITECTURE.md']),
    );

    const inOutline =
      JSON.stringify(outline)
        .match(/(?<="file":")[^"]+/g)
        ?.map(pagePath) ?? [];
    const starts = ['index.md', 'docs/index.md'];
    expect([...inOutline].toSorted()).toEqual(
      [...pages.keys()]
        .filter((page) => !starts.includes(page) || inOutline.includes(page))
        .toSorted(),
    );

    const images = [...pages.values()].flatMap(
      (page) => page.match(/\/docs\/images\/[^\s")]+/g) ?? [],
    );
    expect(images.length).toBeGreaterThan(0);
    expect(images.filter((image) => !existsSync(join(folder, 'public', image)))).toEqual([]);
  });
});

describe('the outline of the site', () => {
  const INDEX = `# Documentation

## Begin

| page                 | answers         |
| -------------------- | --------------- |
| [Links](links.md)    | How do I click? |
| [Keys](keys.md#make) | no entry        |
| [Keys](keys.md)      | How do I turn?  |

## Look up

| page                             | answers |
| -------------------------------- | ------- |
| [Gone](gone.md)                  |         |
| [Decisions](decisions/README.md) | Why?    |

[links](links.md) are named once.
`;
  const pages = new Map([
    ['README.md', '# home'],
    ['SECURITY.md', '# Security policy'],
    ['docs/README.md', INDEX],
    [
      'docs/decisions/README.md',
      '# Decisions\n\n| choice | |\n| - | - |\n| [Second](b.md) | first |',
    ],
    ['docs/decisions/a.md', '# The `a`'],
    ['docs/decisions/b.md', '# B'],
    ['docs/keys.md', '# Keys of tokens'],
    ['docs/links.md', '# Links'],
    ['docs/new.md', 'nothing but text'],
  ]);

  it('has the order and the words of the index, and after them the pages that no index names', () => {
    const found = outlineOf(pages, titleOf);
    const leaf = (title: string, file: string, note = '') => ({ title, file, note, entries: [] });
    expect(found).toEqual([
      {
        title: 'Begin',
        entries: [
          leaf('Links', 'docs/links.md', 'How do I click?'),
          leaf('Keys', 'docs/keys.md', 'How do I turn?'),
        ],
      },
      {
        title: 'Look up',
        entries: [
          {
            ...leaf('Decisions', 'docs/decisions/README.md', 'Why?'),
            entries: [
              leaf('Second', 'docs/decisions/b.md', 'first'),
              leaf('The a', 'docs/decisions/a.md'),
            ],
          },
        ],
      },
      { title: 'More', entries: [leaf('docs/new.md', 'docs/new.md')] },
      { title: 'Project', entries: [leaf('Security policy', 'SECURITY.md')] },
    ]);
  });

  it('is there without an index, too', () => {
    const unnamed = new Map([...pages].filter(([file]) => file !== 'docs/README.md'));
    const [more] = outlineOf(unnamed, titleOf);
    expect(more?.entries.map(({ title }) => title)).toEqual([
      'Decisions',
      'Keys of tokens',
      'Links',
      'docs/new.md',
    ]);
  });

  it('is what llms.txt lists, with the question that each page answers', () => {
    const outline = outlineOf(pages, titleOf);
    expect(llmsIndex({ name: 'us', description: 'What we do.', outline, addressOf: pagePath }))
      .toBe(`# us

> What we do.

Begin with the [README](index.md). [llms-full.txt](llms-full.txt) has all pages in one file, but for the API reference.

## Begin

- [Links](docs/links.md): How do I click?
- [Keys](docs/keys.md): How do I turn?

## Look up

- [Decisions](docs/decisions/index.md): Why?
  - [Second](docs/decisions/b.md)
  - [The a](docs/decisions/a.md)

## More

- [docs/new.md](docs/new.md)

## Project

- [Security policy](SECURITY.md)
`);
  });

  it('leads llms-full.txt to each page by its address', () => {
    const all = new Map([
      ['index.md', '# a\n'],
      ['docs/b.md', '\n# b'],
    ]);
    expect(llmsFull(all)).toBe('<!-- index.md -->\n\n# a\n\n<!-- docs/b.md -->\n\n# b\n');
  });
});

describe('the check of the built site', () => {
  const GOOD = {
    'index.html': `<a class="x" href="/keys">k</a><a href="./docs/">d</a><a href="#top">t</a><h2 id="top">T</h2>
      <a href="https://nestjs.com">n</a><img src="data:image/png;base64,AA"><script type="module" src="/a.js"></script>`,
    'keys.html':
      '<a href="/docs/a#some-thing">a</a><a href="docs/a.html">a</a><a href="/llms.txt">l</a>',
    'docs/index.html': '<a href="../keys">k</a><a href="a?q=1#some-thing">a</a>',
    'docs/a.html': '<h1 id="some-thing">A</h1>',
    'a.js': '',
    'llms.txt': '',
  };
  const site = (pages: Record<string, string> = {}) =>
    write(folder, Object.entries({ ...GOOD, ...pages }));

  it('finds no fault where all links lead somewhere', () => {
    site();
    expect(faultsOf(folder)).toEqual([]);
  });

  it.each([
    ['<a href="/gone">g</a>', '/b.html links to /gone'],
    ['<a href="/docs/a#gone">g</a>', '/b.html links to /docs/a#gone'],
    ['<a href="#gone">g</a>', '/b.html links to #gone'],
    ['<img src="/gone.png">', '/b.html links to /gone.png'],
    [
      '<link rel="stylesheet" href="https://x.example/a.css">',
      '/b.html loads https://x.example/a.css from another host',
    ],
    [
      '<script src="//x.example/a.js"></script>',
      '/b.html loads //x.example/a.js from another host',
    ],
  ])('finds the fault of %s', (html, fault) => {
    site({ 'b.html': html });
    expect(faultsOf(folder)).toEqual([fault]);
  });

  it('takes a link for dead that leaves the path below which the site is served', () => {
    write(folder, [
      ['index.html', '<a href="/base/b">b</a><a href="/b">b</a><a href="b">b</a>'],
      ['b.html', ''],
    ]);
    expect(faultsOf(folder, '/base/')).toEqual(['/index.html links to /b']);
  });
});

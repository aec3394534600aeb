import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderMermaidSVG } from 'beautiful-mermaid';
import { defineConfig } from 'vitepress';
import { anchorOf, pagePath } from '../markdown.mjs';

const build = join(import.meta.dirname, '../build');
const { name, description, outline, reference } = JSON.parse(
  readFileSync(join(build, 'contents.json'), 'utf8'),
);

const linkOf = (file) => `/${pagePath(file).replace(/(?:index)?\.md$/, '')}`;

const itemOf = ({ title, file, entries }) => ({
  text: title,
  link: linkOf(file),
  ...(entries.length > 0 && { items: entries.map(itemOf), collapsed: true }),
});

const referenceItemOf = ({ title, path, children }) => ({
  text: title,
  ...(path && { link: linkOf(`reference/${path}`) }),
  ...(children && { items: children.map(referenceItemOf), collapsed: true }),
});

export default defineConfig({
  title: name,
  description,
  lang: 'en',
  srcDir: 'build/pages',
  outDir: 'dist',
  cacheDir: 'build/cache',
  cleanUrls: true,
  // The addresses of the applications that the guide has the reader start.
  ignoreDeadLinks: 'localhostLinks',
  head: [['link', { rel: 'icon', type: 'image/svg+xml', href: '/logo.svg' }]],
  markdown: {
    anchor: { slugify: anchorOf },
    config(markdown) {
      const { fence } = markdown.renderer.rules;
      markdown.renderer.rules.fence = (tokens, index, ...rest) => {
        const { info, content } = tokens[index];
        return info.trim() === 'mermaid' ? drawing(content) : fence(tokens, index, ...rest);
      };
    },
  },
  transformPageData: ({ relativePath }) =>
    relativePath.startsWith('reference/') ? { frontmatter: { pageClass: 'reference' } } : {},
  vite: {
    // Vite would look for it in every folder above.
    css: { postcss: {} },
    build: { chunkSizeWarningLimit: 4000 },
  },
  themeConfig: {
    logo: '/logo.svg',
    nav: [
      { text: 'Guide', link: '/', activeMatch: '^/(?!reference/)' },
      { text: 'API reference', link: '/reference/', activeMatch: '^/reference/' },
    ],
    sidebar: {
      '/': [
        { text: 'Introduction', link: '/' },
        ...outline.map(({ title, entries }) => ({ text: title, items: entries.map(itemOf) })),
      ],
      '/reference/': [
        { text: 'API reference', link: '/reference/', items: reference.map(referenceItemOf) },
      ],
    },
    outline: [2, 3],
    search: { provider: 'local' },
  },
});

/** The picture without its own style, which asks a server for fonts: the theme has the style. */
const drawing = (text) =>
  `<div class="drawing" v-pre>${renderMermaidSVG(text, { transparent: true }).replace(/<style>[\s\S]*?<\/style>/, '')}</div>`;

// The site for readers that are programs, as https://llmstxt.org has it: an index, and all pages in one file.

/** `outline` is that of outline.mjs, `addressOf` gives the address of a page's Markdown from where llms.txt lies. */
export function llmsIndex({ name, description, outline, addressOf }) {
  const line = ({ title, note, file }) => `- [${title}](${addressOf(file)})${note && `: ${note}`}`;
  const sections = outline.map(({ title, entries }) => {
    const lines = entries.flatMap((entry) => [
      line(entry),
      ...entry.entries.map((below) => `  ${line({ ...below, note: '' })}`),
    ]);
    return `## ${title}\n\n${lines.join('\n')}\n`;
  });
  const begin = `Begin with the [README](${addressOf('README.md')}). [llms-full.txt](llms-full.txt) has all pages in one file, but for the API reference.\n`;
  return [`# ${name}\n`, `> ${description}\n`, begin, ...sections].join('\n');
}

/** All pages, each below a line that names it. `pages` has each page's Markdown, by its address. */
export const llmsFull = (pages) =>
  [...pages].map(([address, markdown]) => `<!-- ${address} -->\n\n${markdown.trim()}\n`).join('\n');

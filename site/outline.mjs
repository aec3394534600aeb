// What there is to read, in the order of the index in docs/README.md: for the sidebar and for llms.txt.
import { posix } from 'node:path';

const ROW = /^\| *\[(?<text>[^\]]+)\]\((?<target>[^)\s#]+)\) *\| *(?<note>.*?) *\|/;

const isIndex = (file) => posix.basename(file) === 'README.md';

/**
 * Groups of entries: `[{ title, entries: [{ title, note, file, entries }] }]`. A heading of the index opens a group, and
 * a row of its tables is an entry. The pages of a folder lie below its README, and what no index names comes last.
 * `pages` has each page's Markdown, by its path from the root of the repository.
 */
export function outlineOf(pages, titleOf) {
  const named = new Set(['README.md', 'docs/README.md']);
  const entry = (file, title = titleOf(pages.get(file)) ?? file, note = '') => ({
    title,
    note,
    file,
    entries: entriesBelow(file),
  });

  function entriesBelow(file) {
    if (!isIndex(file)) return [];
    const folder = posix.dirname(file);
    const others = [...pages.keys()].filter((page) => posix.dirname(page) === folder);
    return groupsOf(file)
      .flatMap(({ entries }) => entries)
      .concat(take(others));
  }

  function take(files) {
    const fresh = files.filter((file) => !named.has(file));
    for (const file of fresh) named.add(file);
    return fresh.map((file) => entry(file));
  }

  function groupsOf(index) {
    const groups = [{ title: '', entries: [] }];
    for (const line of pages.get(index)?.split('\n') ?? []) {
      if (line.startsWith('## ')) groups.push({ title: line.slice(3).trim(), entries: [] });
      const { text, target, note } = ROW.exec(line)?.groups ?? {};
      const file = target && posix.join(posix.dirname(index), target);
      if (!pages.has(file) || named.has(file)) continue;
      named.add(file);
      groups.at(-1).entries.push(entry(file, text, note));
    }
    return groups;
  }

  const groups = groupsOf('docs/README.md');
  const rest = [...pages.keys()].toSorted((a, b) => (a < b ? -1 : 1));
  // A README first, so that it takes the pages of its folder.
  const inDocs = rest.filter((file) => file.startsWith('docs/'));
  const more = take(inDocs.filter(isIndex)).concat(take(inDocs));
  return [
    ...groups,
    { title: 'More', entries: more },
    { title: 'Project', entries: take(rest) },
  ].filter(({ entries }) => entries.length > 0);
}

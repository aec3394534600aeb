// What the built site must not have: links that lead nowhere, and requests to another host.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const TAG = /<(?<element>[a-z][a-z0-9-]*)(?<attributes>\s[^>]*)>/g;
const ATTRIBUTE = /\s(?<name>id|href|src)="(?<value>[^"]*)"/g;
const plain = (value) => value.replaceAll('&amp;', '&').replaceAll('&#39;', "'");

/** One line for each fault of the site that lies in `folder` and is served below `base`. */
export function faultsOf(folder, base = '/') {
  const pages = new Map();
  for (const file of readdirSync(folder, { recursive: true }).map((path) =>
    path.replaceAll('\\', '/'),
  ))
    if (file.endsWith('.html')) pages.set(`/${file}`, readPage(join(folder, file)));
  const faults = [];
  for (const [file, { links, loads }] of pages) {
    for (const address of loads)
      if (isElsewhere(address) && !address.startsWith('data:'))
        faults.push(`${file} loads ${address} from another host`);
    for (const link of [...links, ...loads]) {
      if (!isElsewhere(link) && !leadsSomewhere(file, link))
        faults.push(`${file} links to ${link}`);
    }
  }
  return faults;

  function leadsSomewhere(from, link) {
    const { pathname, hash } = new URL(link, `http://site${base}${from.slice(1)}`);
    if (!pathname.startsWith(base)) return false;
    const target = fileOf(`/${decodeURIComponent(pathname.slice(base.length))}`);
    const anchor = decodeURIComponent(hash.slice(1));
    return target !== undefined && (!anchor || pages.get(target)?.ids.has(anchor) === true);
  }

  /** As a static host finds it: the file, the page of that name, or the index of the folder. */
  function fileOf(path) {
    return [path, `${path}.html`, join(path, 'index.html').replaceAll('\\', '/')].find(
      (file) => existsSync(join(folder, file)) && statSync(join(folder, file)).isFile(),
    );
  }
}

const isElsewhere = (address) => /^(?:[a-z][a-z0-9+.-]*:|\/\/)/i.test(address);

function readPage(file) {
  const page = { ids: new Set(), links: new Set(), loads: new Set() };
  for (const { groups } of readFileSync(file, 'utf8').matchAll(TAG)) {
    for (const {
      groups: { name, value },
    } of groups.attributes.matchAll(ATTRIBUTE)) {
      if (name === 'id') page.ids.add(plain(value));
      else if (groups.element === 'a') page.links.add(plain(value));
      else page.loads.add(plain(value));
    }
  }
  return page;
}

import { gettingStarted } from './getting-started.js';
import { guards } from './guards.js';
import { links } from './links.js';
import type { Questions } from './questions.js';
import { readme } from './readme.js';

/** By the page and the file that the first line of an example names. */
export const DRIVERS: Readonly<Record<string, Readonly<Record<string, Questions>>>> = {
  'README.md': readme,
  'docs/getting-started.md': gettingStarted,
  'docs/guards.md': guards,
  'docs/links.md': links,
};

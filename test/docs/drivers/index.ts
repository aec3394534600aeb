import { links } from './links.js';
import type { Questions } from './questions.js';

/** By the page and the file that the first line of an example names. */
export const DRIVERS: Readonly<Record<string, Readonly<Record<string, Questions>>>> = {
  'docs/links.md': links,
};

import { GETTING_STARTED } from './getting-started.js';
import type { Questions } from './questions.js';
import { README } from './readme.js';

/** By the page and the file that the first line of an example names. */
export const DRIVERS: Readonly<Record<string, Readonly<Record<string, Questions>>>> = {
  'README.md': README,
  'docs/getting-started.md': GETTING_STARTED,
};

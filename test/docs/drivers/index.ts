import { codes } from './codes.js';
import { comingFrom } from './coming-from.js';
import { events } from './events.js';
import { gettingStarted } from './getting-started.js';
import { guards } from './guards.js';
import { issued } from './issued.js';
import { jwt } from './jwt.js';
import { keys } from './keys.js';
import { kinds } from './kinds.js';
import { links } from './links.js';
import { people } from './people.js';
import type { Questions } from './questions.js';
import { readme } from './readme.js';
import { revocation } from './revocation.js';
import { stores } from './stores.js';
import { transports } from './transports.js';

/** By the page and the file that the first line of an example names. */
export const DRIVERS: Readonly<Record<string, Readonly<Record<string, Questions>>>> = {
  'README.md': readme,
  'docs/codes.md': codes,
  'docs/coming-from.md': comingFrom,
  'docs/events.md': events,
  'docs/getting-started.md': gettingStarted,
  'docs/guards.md': guards,
  'docs/issued.md': issued,
  'docs/jwt.md': jwt,
  'docs/keys.md': keys,
  'docs/kinds.md': kinds,
  'docs/links.md': links,
  'docs/people.md': people,
  'docs/revocation.md': revocation,
  'docs/stores.md': stores,
  'docs/transports.md': transports,
};

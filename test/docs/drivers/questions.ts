import type { Running } from '../support/run.js';

/** What an example is asked, by sentences that say what it answers. */
export type Questions = Readonly<Record<string, (example: Running) => Promise<void>>>;

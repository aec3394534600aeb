import { Mailer } from '../../../docs/yours/mailer.js';
import type { Running } from '../support/run.js';

/** The link of the newest mail, as a path of the application. */
export function mailedPath(example: Running): string {
  const text = example.find(Mailer).sent.at(-1)?.text ?? '';
  const [link = 'no link'] = /https:\S+/.exec(text) ?? [];
  const { pathname, search } = new URL(link);
  return pathname + search;
}

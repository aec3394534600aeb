/** One way in which programs look at a link before a person does. */
export interface Look {
  readonly title: string;
  readonly by: string;
  readonly method: 'GET' | 'HEAD';
  readonly headers: Readonly<Record<string, string>>;
  /** Whether it also asks for every address on the page. */
  readonly follows: boolean;
}

const HTML = { accept: 'text/html,*/*;q=0.8' };

const prefetch = (name: string, value: string, by: string): Look => ({
  title: `GET with ${name}: ${value}`,
  by,
  method: 'GET',
  headers: { ...HTML, [name]: value },
  follows: false,
});

export const LOOKS: readonly Look[] = [
  {
    title: 'HEAD',
    by: 'A scanner that asks whether the address leads anywhere.',
    method: 'HEAD',
    headers: HTML,
    follows: false,
  },
  {
    title: 'GET',
    by: 'A scanner, or a preview in a chat, that reads the page.',
    method: 'GET',
    headers: HTML,
    follows: false,
  },
  prefetch('Sec-Purpose', 'prefetch', 'A browser that fetches what may be clicked next.'),
  prefetch('Purpose', 'prefetch', 'The same, by an older Chrome or a Safari.'),
  prefetch('X-Moz', 'prefetch', 'The same, by an older Firefox.'),
  prefetch(
    'Sec-Purpose',
    'prefetch;prerender',
    'A browser that draws the page before anybody comes.',
  ),
  {
    title: 'A browser without a window',
    by: 'A scanner that loads the page with all it needs and follows every link on it, but presses no button.',
    method: 'GET',
    headers: HTML,
    follows: true,
  },
];

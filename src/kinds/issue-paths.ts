const MAX_PATHS = 5;
const LONGEST_KEY = 40;
const NAME = /^[A-Za-z_$][\w$]*$/;

/** Where a payload does not fit, each place once and at most five: `payload.teams[0].id`. */
export function pathsOf(issues: unknown): string[] {
  const paths = new Set(Array.from(issues as Iterable<unknown>, pathOf));
  const first = [...paths].slice(0, MAX_PATHS);
  return paths.size > first.length ? [...first, '…'] : first;
}

function pathOf(issue: unknown): string {
  const { path } = Object(issue) as { readonly path?: unknown };
  const segments = path ? Array.from(path as Iterable<unknown>, textOf) : [];
  return ['payload', ...segments].join('');
}

function textOf(segment: unknown): string {
  const isKey = typeof segment !== 'object' || segment === null;
  const key = String(isKey ? segment : Reflect.get(segment, 'key'));
  if (/^\d+$/.test(key)) return `[${key}]`;
  const short = key.length > LONGEST_KEY ? `${key.slice(0, LONGEST_KEY)}…` : key;
  return NAME.test(short) ? `.${short}` : `[${JSON.stringify(short)}]`;
}

import { TempIDConfigurationError } from '../common/errors.js';
import type { TempIDRequest } from '../requests/extractors.js';

/** Where a handler redirects to beside its own origin: `'https://app.example'`, `'https:'`, `'myapp:'`. */
export type RedirectTargets = readonly string[] | ((request: TempIDRequest) => readonly string[]);

/** Without what would end the directive or the policy; `*.` stands for any subdomain of a name with a dot. */
const ORIGIN = /^https?:\/\/(?:\*\.(?=[^.]+\.))?[a-z\d._:[\]-]+$/;
const SCHEME = /^[a-z][a-z\d+.-]*:$/;

/** They lead to no application, or run what they hold; `http:` would name every host without TLS. */
const REFUSED_SCHEMES: ReadonlySet<string> = new Set(
  'about blob data file filesystem ftp http javascript vbscript view-source ws wss'
    .split(' ')
    .map((scheme) => `${scheme}:`),
);

/** @throws {@link TempIDConfigurationError} for what is no list of origins and schemes */
export function parseRedirectTargets(list: unknown, option: string): readonly string[] {
  if (Array.isArray(list) && list.every(isTarget)) return list;
  throw new TempIDConfigurationError(
    `'${option}' must be a list of origins, such as 'https://app.example', and of schemes, such as 'myapp:' or ` +
      `'https:', or a function of the request that gives one.`,
  );
}

function isTarget(target: unknown): target is string {
  if (typeof target !== 'string') return false;
  if (SCHEME.test(target)) return !REFUSED_SCHEMES.has(target);
  return ORIGIN.test(target) && URL.canParse(target) && new URL(target).origin === target;
}

/** @throws what the function throws, and TempIDConfigurationError where it gives anything else than a list of them */
export function redirectTargetsOf(
  targets: RedirectTargets | undefined,
  request: TempIDRequest,
): readonly string[] {
  if (typeof targets !== 'function') return targets ?? [];
  return parseRedirectTargets(targets(request), 'redirectsTo');
}

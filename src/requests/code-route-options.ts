import type { Type } from '@nestjs/common';
import type { AttemptWindow } from '../codes/code-options.js';
import type { TempIDExtractor } from './extractors.js';
import type { TempIDCodeGuard } from '../guards/tempid-code.guard.js';
import type { TempIDRoute, UseTempIDOptions } from './route-options.js';

/** What `@UseTempIDCode` takes. */
export interface UseTempIDCodeOptions extends Pick<
  UseTempIDOptions,
  'purpose' | 'audience' | 'subject'
> {
  /** Counts attempts also for the challenge's subject, over all its challenges: `'1h'`, `{ length: '1h', attempts: 20 }`. */
  window?: AttemptWindow;
  /** Where the challenge is in the request. Default: `challenge` in the body. */
  extract?: TempIDExtractor | readonly TempIDExtractor[];
  /** Where the code is, as text. Default: `code` in the body. */
  code?: TempIDExtractor | readonly TempIDExtractor[];
  /** A guard of your own that extends TempIDCodeGuard. */
  guard?: Type<TempIDCodeGuard>;
}

/** What `@UseTempIDCode` takes beside a kind, which says the purpose and the audience. */
export type UseTempIDCodeKindOptions = Omit<UseTempIDCodeOptions, 'purpose' | 'audience'>;

/** The options of a route with `@UseTempIDCode`, with their defaults. */
export interface TempIDCodeRoute extends TempIDRoute {
  readonly code: TempIDExtractor | readonly TempIDExtractor[];
  readonly window?: AttemptWindow;
}

export function isCodeRoute(route: UseTempIDOptions): route is TempIDCodeRoute {
  return 'code' in route;
}

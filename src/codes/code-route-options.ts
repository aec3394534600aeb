import type { CanActivate, Type } from '@nestjs/common';
import type { Duration } from '../common/duration.js';
import { asGiven, type OptionRules } from '../common/options.js';
import type { TempIDExtractor } from '../requests/extractors.js';
import { ROUTE_RULES, type TempIDRoute, type UseTempIDOptions } from '../requests/route-options.js';
import type { AttemptWindow } from './code-options.js';

/** What `@UseTempIDCode` takes. */
export interface UseTempIDCodeOptions extends Pick<
  UseTempIDOptions,
  'purpose' | 'audience' | 'subject'
> {
  /**
   * How long the same form with the right code is let through again when it is sent twice, such as by a double click; at
   * most '1m'. The handler runs again. Default: off.
   */
  grace?: Duration;
  /** Counts attempts also for the challenge's subject, over all its challenges: `'1h'`, `{ length: '1h', attempts: 20 }`. */
  window?: AttemptWindow;
  /** Where the challenge is in the request. Default: `challenge` in the body. */
  extract?: TempIDExtractor | readonly TempIDExtractor[];
  /** Where the code is, as text. Default: `code` in the body. */
  code?: TempIDExtractor | readonly TempIDExtractor[];
  /** A guard of your own that extends TempIDCodeGuard. */
  guard?: Type<CanActivate>;
}

/** How they are read. */
export const CODE_ROUTE_RULES: OptionRules<UseTempIDCodeOptions> = {
  purpose: ROUTE_RULES.purpose,
  audience: ROUTE_RULES.audience,
  subject: ROUTE_RULES.subject,
  grace: asGiven(),
  window: asGiven(),
  extract: ROUTE_RULES.extract,
  code: ROUTE_RULES.extract,
  guard: ROUTE_RULES.guard,
};

/** The options of a route with `@UseTempIDCode`, with their defaults. */
export interface TempIDCodeRoute extends TempIDRoute {
  readonly code: TempIDExtractor | readonly TempIDExtractor[];
  readonly window?: AttemptWindow;
}

export function isCodeRoute(route: UseTempIDOptions): route is TempIDCodeRoute {
  return 'code' in route;
}

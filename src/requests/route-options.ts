import type { CanActivate, ExecutionContext, Type } from '@nestjs/common';
import type { Duration } from '../common/duration.js';
import { asGiven, type OptionRules } from '../common/options.js';
import type { AnyTempIDKind } from '../kinds/tempid-kind.js';
import type { TempID } from '../token/tempid.js';
import { parseExtractors, type TempIDExtractor } from './extractors.js';

/** The key of a route's {@link UseTempIDOptions} in its metadata. */
export const USE_TEMPID = 'nestjs-tempid:use-tempid';

/** What `@UseTempID` takes. */
export interface UseTempIDOptions {
  /**
   * Whether a request is one use. `'on-success'` refunds it when the handler, or anything after the guard, throws, or when the answer's status is 400 or over, but 412 and 416 after the handler has run;
   * until then no other request has it.
   * There is no refund where the handler may have done something.
   * Of a token without a limit every use is allowed, and the log says so once.
   * Default: false.
   */
  consume?: boolean | 'on-success';
  /**
   * With `consume`, on a GET: a request whose `Range` does not begin at byte 0 is no use where its token was used
   * before, so that a download which broke off can be resumed. Default: false.
   */
  resumable?: boolean;
  /**
   * With `consume`: who uses the token, such as the id of the user who is logged in. Each has at most one use of it, and
   * is answered 409 another time. A request that names nobody is refused. `'form'`: the request itself, by its address
   * and its body; only of HTTP.
   */
  by?:
    | 'form'
    | ((
        context: ExecutionContext,
      ) => string | null | undefined | Promise<string | null | undefined>);
  /**
   * With `by`: how long after their use the same one is let through again without spending another, as
   * `@CurrentTempID('repeated')` tells; true: as long as the token lives. Default: not at all.
   */
  repeat?: Duration | true;
  /**
   * How long the same form is let through again when it is sent twice, such as by a double click; at most '1m'. Short
   * for `by: 'form'` and `repeat`. The handler runs again. Default: off.
   */
  grace?: Duration;
  /** Also refuses, without using it, a token that is used up or revoked. `consume` does so anyway. */
  checkUses?: boolean;
  /** The purpose that the token must have. */
  purpose?: string;
  /** The audience that the token must have. Default: that of the module. */
  audience?: string;
  /** The subject that the token must have, such as the id of the user who is logged in. One that is found to be undefined or null is never equal. */
  subject?: string | ((context: ExecutionContext) => string | undefined);
  /**
   * Looks up the value that the token must be bound to, such as the hash of its subject's password;
   * `'browser'`: the key of the browser that sends the request, which `@BrowserKey()` gives.
   */
  boundTo?:
    | 'browser'
    | ((
        token: TempID,
        context: ExecutionContext,
      ) => string | null | undefined | Promise<string | null | undefined>);
  /** Where the token is in the request. Default: that of the module. */
  extract?: TempIDExtractor | readonly TempIDExtractor[];
  /** A guard of your own that extends TempIDGuard. */
  guard?: Type<CanActivate>;
}

/** Which options there are, and how they are read. */
export const ROUTE_RULES: OptionRules<UseTempIDOptions> = {
  consume: asGiven(),
  resumable: asGiven(),
  by: asGiven(),
  repeat: asGiven(),
  grace: asGiven(),
  checkUses: asGiven(),
  purpose: asGiven(),
  audience: asGiven(),
  subject: asGiven(),
  boundTo: asGiven(),
  extract: { parse: parseExtractors },
  guard: asGiven(),
};

/** The options of a decorated handler or class, and its kind. */
export interface TempIDRoute extends UseTempIDOptions {
  readonly kind?: AnyTempIDKind;
}

/** A method that a decorator of this module stands on, or on whose class it stands. */
export interface DecoratedHandler {
  readonly route: TempIDRoute;
  readonly type: Type<object>;
  readonly name: string;
  readonly handler: object;
}

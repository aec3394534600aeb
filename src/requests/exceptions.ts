import {
  ConflictException,
  ForbiddenException,
  NotFoundException,
  ServiceUnavailableException,
  UnauthorizedException,
} from '@nestjs/common';
import type { TempIDError } from '../common/errors.js';
import type { RefusalBody } from './transports/refusal-body.js';
import { OnePerProcess } from '../common/one-per-process.js';

/** What the guard throws for a token that is missing or bad: 401, and the error as its `cause`. */
@OnePerProcess('TempIDUnauthorizedException')
export class TempIDUnauthorizedException extends UnauthorizedException {
  constructor(body: RefusalBody, cause: TempIDError) {
    super({ statusCode: 401, error: 'Unauthorized', ...body }, { cause });
  }
}

/** What `@BrowserKey()` throws for a request that a page of another origin has begun: 403, and the error as its `cause`. */
@OnePerProcess('TempIDForbiddenException')
export class TempIDForbiddenException extends ForbiddenException {
  constructor(body: RefusalBody, cause: TempIDError) {
    super({ statusCode: 403, error: 'Forbidden', ...body }, { cause });
  }
}

/** What the guard throws for a token that the same one, named by `by`, has used before: 409, and the error as its `cause`. */
@OnePerProcess('TempIDConflictException')
export class TempIDConflictException extends ConflictException {
  constructor(body: RefusalBody, cause: TempIDError) {
    super({ statusCode: 409, error: 'Conflict', ...body }, { cause });
  }
}

/** What answers for a token that is not in the ledger: 404, and the error as its `cause`. */
@OnePerProcess('TempIDNotFoundException')
export class TempIDNotFoundException extends NotFoundException {
  constructor(body: RefusalBody, cause: TempIDError) {
    super({ statusCode: 404, error: 'Not Found', ...body }, { cause });
  }
}

/** What the guard throws where the store could not answer: 503, and the error as its `cause`. */
@OnePerProcess('TempIDUnavailableException')
export class TempIDUnavailableException extends ServiceUnavailableException {
  constructor(body: RefusalBody, cause: TempIDError) {
    super({ statusCode: 503, error: 'Service Unavailable', ...body }, { cause });
  }
}

import {
  type HttpException,
  ServiceUnavailableException,
  UnauthorizedException,
} from '@nestjs/common';
import {
  TempIDConfigurationError,
  type TempIDError,
  type TempIDErrorCode,
  TempIDStoreUnavailableError,
} from '../errors.js';

const MESSAGES: Readonly<Partial<Record<TempIDErrorCode, string>>> = {
  TEMPID_MISSING: 'A token is needed.',
  TEMPID_FORMAT: 'The token is not valid.',
  TEMPID_EXPIRED: 'The token has expired.',
  TEMPID_NOT_YET_VALID: 'The token is not valid yet.',
  TEMPID_SCOPE: 'The token is not meant for this.',
  TEMPID_EXHAUSTED: 'The token has been used up.',
  TEMPID_REVOKED: 'The token was revoked.',
  TEMPID_PAYLOAD: 'The content of the token is not as expected.',
  TEMPID_STORE_UNAVAILABLE: 'Tokens cannot be checked right now. Try again shortly.',
};

/** The answer to a request without a token. */
export function missingTokenException(): HttpException {
  return new UnauthorizedException(bodyOf('TEMPID_MISSING', 401, 'Unauthorized'));
}

/**
 * The answer to a request whose token is bad. A forged token is answered as one of a wrong format, so that
 * a forger learns nothing; the error itself is the exception's `cause`, for filters and logs.
 */
export function toException(error: TempIDError): HttpException | TempIDConfigurationError {
  if (error instanceof TempIDConfigurationError) return error;
  if (error instanceof TempIDStoreUnavailableError) {
    const body = bodyOf(error.code, 503, 'Service Unavailable');
    return new ServiceUnavailableException(body, { cause: error });
  }
  const code = error.code === 'TEMPID_TAMPERED' ? 'TEMPID_FORMAT' : error.code;
  return new UnauthorizedException(bodyOf(code, 401, 'Unauthorized'), { cause: error });
}

function bodyOf(code: TempIDErrorCode, statusCode: number, error: string) {
  return { statusCode, error, code, message: MESSAGES[code] ?? 'The token is not valid.' };
}

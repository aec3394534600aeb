import {
  TempIDCodeError,
  TempIDConfigurationError,
  TempIDError,
  type TempIDErrorCode,
  TempIDPayloadError,
  TempIDPayloadTooLargeError,
  TempIDTokenPayloadError,
} from '../../common/errors.js';

const MESSAGES: Readonly<Partial<Record<TempIDErrorCode, string>>> = {
  TEMPID_MISSING: 'A token is needed.',
  TEMPID_FORMAT: 'The token is not valid.',
  TEMPID_EXPIRED: 'The token has expired.',
  TEMPID_NOT_YET_VALID: 'The token is not valid yet.',
  TEMPID_SCOPE: 'The token is not meant for this.',
  TEMPID_EXHAUSTED: 'The token has been used up.',
  TEMPID_ALREADY_USED: 'The token has been used by the same one before.',
  TEMPID_REVOKED: 'The token was revoked.',
  TEMPID_CODE: 'The code is not right.',
  TEMPID_PAYLOAD: 'The content of the token is not as expected.',
  TEMPID_CROSS_ORIGIN:
    'The request comes from a page of another origin. @BrowserKey() belongs on the route to which a form of your own page posts.',
  TEMPID_NOT_FOUND: 'No such token is known.',
  TEMPID_STORE_UNAVAILABLE: 'Tokens cannot be checked right now. Try again shortly.',
};

/** The status of HTTP of an error whose status is not 401. */
export const STATUS: Readonly<Partial<Record<TempIDErrorCode, number>>> = {
  TEMPID_CROSS_ORIGIN: 403,
  TEMPID_NOT_FOUND: 404,
  TEMPID_ALREADY_USED: 409,
  TEMPID_STORE_UNAVAILABLE: 503,
};

/** What a client learns of a refusal, by whatever transport. */
export interface RefusalBody {
  readonly code: TempIDErrorCode;
  readonly message: string;
  /** Of a code that was wrong and may be tried again. */
  readonly attemptsLeft?: number;
}

/** A forged token is answered as one of a wrong format, so that a forger learns nothing. */
export function refusalBodyOf(error: TempIDError): RefusalBody {
  const code = error.code === 'TEMPID_TAMPERED' ? 'TEMPID_FORMAT' : error.code;
  const message = MESSAGES[code] ?? 'The token is not valid.';
  if (!(error instanceof TempIDCodeError)) return { code, message };
  return { code, message, attemptsLeft: error.attemptsLeft };
}

/**
 * Whether a client learns the code of an error: it is about the token that was sent, or the store. All else is a mistake of the application, such as an option or a payload that `mint` refuses.
 */
export function isRefusal(error: unknown): error is TempIDError {
  if (error instanceof TempIDTokenPayloadError) return true;
  const isMistake =
    error instanceof TempIDConfigurationError ||
    error instanceof TempIDPayloadError ||
    error instanceof TempIDPayloadTooLargeError;
  return error instanceof TempIDError && !isMistake;
}

/** What a client of WebSockets or of a microservice learns of an error that left a handler. */
export function messageBodyOf(error: TempIDError): object {
  const body = isRefusal(error) ? refusalBodyOf(error) : { message: MISTAKE };
  return { status: 'error', ...body };
}

/** What Nest itself says of an error that it does not know. */
export const MISTAKE = 'Internal server error';

import { OnePerProcess } from './one-per-process.js';

/** The stable code of every error of this package, and of the answers of its guard. */
export type TempIDErrorCode =
  | 'TEMPID_MISSING'
  | 'TEMPID_FORMAT'
  | 'TEMPID_TAMPERED'
  | 'TEMPID_EXPIRED'
  | 'TEMPID_NOT_YET_VALID'
  | 'TEMPID_SCOPE'
  | 'TEMPID_EXHAUSTED'
  | 'TEMPID_ALREADY_USED'
  | 'TEMPID_REVOKED'
  | 'TEMPID_CODE'
  | 'TEMPID_PAYLOAD'
  | 'TEMPID_PAYLOAD_TOO_LARGE'
  | 'TEMPID_CROSS_ORIGIN'
  | 'TEMPID_NOT_FOUND'
  | 'TEMPID_STORE_UNAVAILABLE'
  | 'TEMPID_CONFIGURATION';

/** What every error of this package extends. Its message never holds a token, a secret or a payload. */
@OnePerProcess('TempIDError')
export abstract class TempIDError extends Error {
  abstract readonly code: TempIDErrorCode;

  override get name(): string {
    return this.constructor.name;
  }
}

/** The request has no token. */
@OnePerProcess('TempIDMissingError')
export class TempIDMissingError extends TempIDError {
  readonly code = 'TEMPID_MISSING';
}

/** The string is not a token of a format that is accepted here. */
@OnePerProcess('TempIDFormatError')
export class TempIDFormatError extends TempIDError {
  readonly code = 'TEMPID_FORMAT';
}

/** The token was changed, or was made with a secret that is not configured here. */
@OnePerProcess('TempIDTamperedError')
export class TempIDTamperedError extends TempIDError {
  readonly code = 'TEMPID_TAMPERED';
}

/** The token is authentic and its time is over, or it is older than `maxLifetime`. */
@OnePerProcess('TempIDExpiredError')
export class TempIDExpiredError extends TempIDError {
  readonly code = 'TEMPID_EXPIRED';
}

/** The token is authentic and its time has not begun, or the clock that minted it is ahead. */
@OnePerProcess('TempIDNotYetValidError')
export class TempIDNotYetValidError extends TempIDError {
  readonly code = 'TEMPID_NOT_YET_VALID';
}

/** The token is authentic and meant for something else: purpose, audience, subject, issuer or binding differ. */
@OnePerProcess('TempIDScopeError')
export class TempIDScopeError extends TempIDError {
  readonly code = 'TEMPID_SCOPE';
}

/** The token is used up. */
@OnePerProcess('TempIDExhaustedError')
export class TempIDExhaustedError extends TempIDError {
  readonly code = 'TEMPID_EXHAUSTED';
}

/** The same one, named by `by`, has used the token before. Nothing was spent now. */
@OnePerProcess('TempIDAlreadyUsedError')
export class TempIDAlreadyUsedError extends TempIDError {
  readonly code = 'TEMPID_ALREADY_USED';
}

/** The token was revoked. */
@OnePerProcess('TempIDRevokedError')
export class TempIDRevokedError extends TempIDError {
  readonly code = 'TEMPID_REVOKED';
}

/** The challenge is good and the code is not its code. One attempt was counted. */
@OnePerProcess('TempIDCodeError')
export class TempIDCodeError extends TempIDError {
  readonly code = 'TEMPID_CODE';

  /** @param attemptsLeft how many attempts there still are; where there is none, the error is TempIDExhaustedError */
  constructor(
    message: string,
    readonly attemptsLeft = 0,
  ) {
    super(message);
  }
}

/** The payload is not a JSON object, holds a value that JSON would lose, or does not fit its kind. Thrown by `mint`. */
@OnePerProcess('TempIDPayloadError')
export class TempIDPayloadError extends TempIDError {
  readonly code = 'TEMPID_PAYLOAD';
}

/** The payload of an authentic token does not fit its kind, or the claims of a JWT are malformed. */
@OnePerProcess('TempIDTokenPayloadError')
export class TempIDTokenPayloadError extends TempIDPayloadError {}

/** The payload's JSON is longer than `maxPayloadBytes` allows. */
@OnePerProcess('TempIDPayloadTooLargeError')
export class TempIDPayloadTooLargeError extends TempIDError {
  readonly code = 'TEMPID_PAYLOAD_TOO_LARGE';
}

/** A page of another origin asks for a link in its visitor's browser. The browser was given no key. */
@OnePerProcess('TempIDCrossOriginError')
export class TempIDCrossOriginError extends TempIDError {
  readonly code = 'TEMPID_CROSS_ORIGIN';
}

/** No token of this id is in the ledger: it was not minted `tracked`, or its row was removed after its time. */
@OnePerProcess('TempIDNotFoundError')
export class TempIDNotFoundError extends TempIDError {
  readonly code = 'TEMPID_NOT_FOUND';
}

/** The store of use counts could not answer. No use was allowed. */
@OnePerProcess('TempIDStoreUnavailableError')
export class TempIDStoreUnavailableError extends TempIDError {
  readonly code = 'TEMPID_STORE_UNAVAILABLE';
}

/** An option of the module, of `mint` or of a decorator is wrong. The message names it and what it must be. */
@OnePerProcess('TempIDConfigurationError')
export class TempIDConfigurationError extends TempIDError {
  readonly code = 'TEMPID_CONFIGURATION';
}

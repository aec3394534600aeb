import { TempIDCodeError } from '../common/errors.js';
import { Refusal } from '../common/refusal.js';

const NOT_RIGHT = 'The code is not right.';

/** The refusal of a code that may be tried again. */
export class WrongCode extends Refusal {
  constructor(private readonly attemptsLeft: number) {
    super(TempIDCodeError, NOT_RIGHT);
  }

  override toError(): TempIDCodeError {
    return new TempIDCodeError(NOT_RIGHT, this.attemptsLeft);
  }
}

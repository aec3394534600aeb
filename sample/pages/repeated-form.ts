import { HttpException } from '@nestjs/common';

/**
 * The form was sent before, by the first of two clicks: leads on to what that one did. Throwing it gives
 * back the use that `consume: 'on-success'` holds.
 */
export class RepeatedForm extends HttpException {
  constructor(readonly location: string) {
    super('The form was sent before.', 303);
  }
}

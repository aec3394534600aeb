import { HttpException } from '@nestjs/common';

/**
 * What was typed cannot be used: the form is shown again. Throwing it, rather than answering, gives back the
 * use that `consume: 'on-success'` holds.
 */
export class RefusedForm extends HttpException {
  /** @param render makes the page once the use is given back, so that what it says is left is right */
  constructor(
    readonly render: () => string | Promise<string>,
    status = 422,
  ) {
    super('The form is not filled in correctly.', status);
  }
}

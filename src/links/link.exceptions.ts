import { HttpException, HttpStatus } from '@nestjs/common';
import type { TempID } from '../token/tempid.js';
import { OnePerProcess } from '../common/one-per-process.js';

/** The link is good, and is answered with the page that asks for a click instead of running the handler. */
@OnePerProcess('LinkPageException')
export class LinkPageException extends HttpException {
  constructor(readonly token: TempID) {
    super('A click is needed.', HttpStatus.OK);
  }
}

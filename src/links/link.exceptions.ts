import { HttpException, HttpStatus } from '@nestjs/common';
import type { TempID } from '../token/tempid.js';
import type { FirstAnswer } from './first-answer.js';
import { OnePerProcess } from '../common/one-per-process.js';

/** The link is good, and is answered with the page that asks for a click instead of running the handler. */
@OnePerProcess('LinkPageException')
export class LinkPageException extends HttpException {
  constructor(readonly token: TempID) {
    super('A click is needed.', HttpStatus.OK);
  }
}

/** The form was posted before, and is answered as it was then instead of running the handler again. */
@OnePerProcess('FirstAnswerException')
export class FirstAnswerException extends HttpException {
  constructor(readonly answer: FirstAnswer) {
    super('The form was posted before.', answer.status);
  }
}

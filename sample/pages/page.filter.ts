import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  HttpException,
  Logger,
} from '@nestjs/common';
import { TempIDStoreUnavailableError } from 'nestjs-tempid';
import { html } from './html.js';
import { page } from './layout.js';
import { RefusedForm } from './refused-form.js';
import { sendPage } from './send-page.js';

/** Answers every exception with a page. */
@Catch()
export class PageFilter implements ExceptionFilter {
  async catch(exception: unknown, host: ArgumentsHost): Promise<void> {
    const status = statusOf(exception);
    if (status >= 500) new Logger('PageFilter').error(exception);
    if (!(exception instanceof RefusedForm)) return sendPage(host, status, pageOf(status));
    try {
      sendPage(host, status, await exception.render());
    } catch (error) {
      // Nothing catches what a filter throws.
      new Logger('PageFilter').error(error);
      sendPage(host, 500, pageOf(500));
    }
  }
}

/** A global filter comes before that of TempIDModule. */
function statusOf(exception: unknown): number {
  if (exception instanceof TempIDStoreUnavailableError) return 503;
  return exception instanceof HttpException ? exception.getStatus() : 500;
}

function pageOf(status: number): string {
  const home = html`<p><a class="button" href="/">Back to the start</a></p>`;
  return status === 404
    ? page({ title: 'There is nothing here', lede: 'The address leads nowhere.', content: home })
    : page({ title: 'That did not work', lede: `The server answered ${status}.`, content: home });
}

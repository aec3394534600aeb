import type { ExecutionContext } from '@nestjs/common';
import { OnePerProcess } from '../../common/one-per-process.js';

/** Stands for one message: a connection lives longer, the data may be no object. */
@OnePerProcess('Message')
class Message {
  readonly by = 'nestjs-tempid';
}

/**
 * The {@link Message} among the arguments that Nest hands to its guards, interceptors and parameters, since a
 * transport of the application's own may give many messages one context.
 *
 * @param index where it is put for the first who asks, as of `Array.splice`
 */
export function messageOf(context: ExecutionContext, index: number): object {
  const args: unknown[] = context.getArgs();
  const message = args.find((argument) => argument instanceof Message);
  if (message) return message;
  const added = new Message();
  args.splice(index, 0, added);
  return added;
}

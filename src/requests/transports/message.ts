import type { ExecutionContext } from '@nestjs/common';

const messages = new WeakSet<object>();

/**
 * What stands for one message among the arguments that Nest hands to its guards, interceptors and
 * parameters: a connection lives longer than a message, the data may be no object, and a transport of the
 * application's own may give many messages one context.
 *
 * @param index where it is put for the first who asks, as of `Array.splice`
 */
export function messageOf(context: ExecutionContext, index: number): object {
  const args: unknown[] = context.getArgs();
  const known = args.find(isMessage);
  if (known) return known;
  const message = {};
  messages.add(message);
  args.splice(index, 0, message);
  return message;
}

function isMessage(argument: unknown): argument is object {
  return typeof argument === 'object' && argument !== null && messages.has(argument);
}

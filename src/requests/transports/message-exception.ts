import type { TempIDError } from '../../common/errors.js';
import { refusalBodyOf } from './refusal-body.js';

type MessageException = new (body: object) => Error;

/**
 * The exception that the filters of a message's transport know, such as `WsException`. Its package is there where its
 * handlers are. A bundle may have it inside, out of reach: then the error is its own exception, which
 * TempIDExceptionFilter answers where the application has it.
 *
 * @param packageName no literal where it is imported, so that no bundler looks for a package that is not there
 */
export async function messageExceptionOf(
  error: TempIDError,
  packageName: string,
  className: string,
): Promise<Error> {
  const Exception = await load(packageName, className);
  if (!Exception) return error;
  const body = { status: 'error', ...refusalBodyOf(error) };
  return Object.assign(new Exception(body), { cause: error });
}

async function load(packageName: string, className: string): Promise<MessageException | undefined> {
  try {
    const loaded = (await import(/* webpackIgnore: true */ packageName)) as object;
    return Reflect.get(loaded, className) as MessageException | undefined;
  } catch {
    return undefined;
  }
}

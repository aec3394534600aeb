import { describe, expect, it } from '@jest/globals';
import { errorMessage } from '../../src/common/error-message.js';

describe('the reason of a failure', () => {
  it.each([
    ['its message', new Error('no connection'), 'no connection'],
    ['the text that was thrown', 'no connection', 'no connection'],
    ['the first reason of several', new AggregateError([new Error('refused')], ''), 'refused'],
    ['its code where it has no message', Object.assign(new Error(''), { code: 'EPIPE' }), 'EPIPE'],
    ['its message, also of an error of another realm', { message: 'locked' }, 'locked'],
    [
      'its message without the password of an address',
      new Error('cannot read mongodb://user:p@ss:word@host:27017/app?a=b'),
      'cannot read mongodb://host:27017/app?a=b',
    ],
    [
      'its message without a password that no address may have',
      new Error('invalid URL: redis://user:p/w//x@host/0, try again'),
      'invalid URL: redis://host/0, try again',
    ],
    ['its message with whatever else it says', new Error('a // b@c'), 'a // b@c'],
    ['whatever it is', 42, '42'],
    ['nothing', undefined, 'undefined'],
  ])('errorMessage returns %s', (_, error, reason) => {
    expect(errorMessage(error)).toBe(reason);
  });

  it('errorMessage returns a text even for what cannot be printed', () => {
    const unprintable = new Proxy(
      {},
      {
        get: () => {
          throw new Error('no');
        },
      },
    );
    expect(errorMessage(unprintable)).toBe('it threw something that cannot be printed');
  });
});

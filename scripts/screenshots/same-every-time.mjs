import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';

const START = Date.parse('2026-01-15T09:30:00Z');
const MINUTE = 60_000;

process.env.TZ = 'UTC';
process.env.TEMPID_SECRET = 'the same secret for every picture and for nothing else';

/**
 * From here on time stands still and tokens and codes are no longer random: pictures differ only where pages do.
 * To be called before the sample is loaded.
 */
export function sameEveryTime() {
  const RealDate = Date;
  let now = START;
  let filled = 0;
  let drawn = 0;

  globalThis.Date = class extends RealDate {
    constructor(...given) {
      super(...(given.length > 0 ? given : [now]));
    }

    static now() {
      return now;
    }
  };
  // Of the tokens.
  crypto.randomFillSync = (buffer) => {
    filled += 1;
    const shake = crypto.createHash('shake256', { outputLength: buffer.byteLength });
    return buffer.fill(shake.update(`${filled}`).digest());
  };
  // Of the codes.
  crypto.randomInt = (end) => {
    drawn += 1;
    return (drawn * 7) % end;
  };
  // Of the first password, to which links are bound. Playwright needs random names later.
  const { randomBytes } = crypto;
  let isStarting = false;
  crypto.randomBytes = (size, ...rest) =>
    isStarting ? Buffer.alloc(size) : randomBytes(size, ...rest);
  syncBuiltinESMExports();

  return {
    passMinutes: (minutes) => (now += minutes * MINUTE),
    /** Middleware of Express. The browser's clock goes on: by that, most cookies of the sample have ended. */
    translateCookies(_request, response, next) {
      const { cookie } = response;
      response.cookie = (name, value, options) => {
        const { expires, ...others } = options;
        const moment = expires && new RealDate(expires.getTime() - now + RealDate.now());
        return cookie.call(response, name, value, moment ? { ...others, expires: moment } : others);
      };
      next();
    },
    /** Starts a sample by `start`, again in the first moment. */
    async from(start) {
      now = START;
      filled = 0;
      drawn = 0;
      isStarting = true;
      try {
        return await start();
      } finally {
        isStarting = false;
      }
    },
  };
}

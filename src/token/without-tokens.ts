/** No token is shorter. */
const SHORTEST = 16;

/** What tokens are written with, percent-encoded as well. */
const WORD = new RegExp(`[\\w.%~-]{${SHORTEST},}`, 'g');

/** V3 and V2, in any case, and V1. */
const LOOKS_LIKE_ONE = /temp-v\d|^[\da-f]{8}-?[\da-f]{6}-?[\da-f]{8}$/;

/**
 * A text for the log in which `[token]` stands for each token: for those that are known, and for whatever looks like
 * one, in any case and percent-encoded once or several times.
 *
 * @param known as a request has them
 */
export function withoutTokens(text: string, known: readonly (string | undefined)[]): string {
  const secrets = known.flatMap((token) =>
    token !== undefined && token.length >= SHORTEST ? [token] : [],
  );
  const plain = secrets.map(toPlain);
  const replaced = secrets.reduce((rest, secret) => rest.replaceAll(secret, '[token]'), text);
  return replaced.replaceAll(WORD, (word) => {
    const written = toPlain(word);
    const isToken = LOOKS_LIKE_ONE.test(written) || isJwt(written);
    return isToken || plain.some((secret) => written.includes(secret)) ? '[token]' : word;
  });
}

/** Of errors that the code of an application throws, in which it may say what it was given. */
export function errorWithoutTokens(
  error: unknown,
  known: readonly (string | undefined)[],
): unknown {
  if (typeof error === 'string') return withoutTokens(error, known);
  const seen = new Set<unknown>();
  for (let each = error; each instanceof Error && !seen.has(each); each = each.cause) {
    seen.add(each);
    // It stays the error that filters know, and is changed only where it tells a token.
    for (const name of ['message', 'stack'] as const) {
      const text: unknown = each[name];
      const clean = typeof text === 'string' ? withoutTokens(text, known) : text;
      if (clean === text) continue;
      Reflect.defineProperty(each, name, { value: clean, configurable: true, writable: true });
    }
  }
  return error;
}

/** Without capitals, and without percent-encoding that was done up to three times. */
function toPlain(text: string): string {
  return decoded(decoded(decoded(text))).toLowerCase();
}

function decoded(text: string): string {
  return text.replaceAll(/%([\da-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** Its first part is a JSON object in base64url. */
function isJwt(plain: string): boolean {
  const parts = plain.split('.');
  return parts.some((part, index) => index + 2 < parts.length && /(?<![a-z\d])eyj/.test(part));
}

/** No token is shorter. */
const MIN_LENGTH = 16;

/** What tokens are written with, percent-encoded as well. */
const WORD = new RegExp(`[\\w.%~-]{${MIN_LENGTH},}`, 'g');

/** V3 and V2, in any case, and V1. */
const TOKEN_PATTERN = /temp-v\d|^[\da-f]{8}-?[\da-f]{6}-?[\da-f]{8}$/;

/**
 * A text for the log in which `[token]` stands for each token: for those of the list, and for whatever looks like
 * one, in any case and percent-encoded once or several times.
 *
 * @param tokens as a request has them
 */
export function withoutTokens(text: string, tokens: readonly (string | undefined)[]): string {
  const secrets = tokens.flatMap((token) =>
    token !== undefined && token.length >= MIN_LENGTH ? [token] : [],
  );
  const plain = secrets.map(toPlain);
  const replaced = secrets.reduce((rest, secret) => rest.replaceAll(secret, '[token]'), text);
  return replaced.replaceAll(WORD, (word) => {
    const written = toPlain(word);
    const isToken = TOKEN_PATTERN.test(written) || isJwt(written);
    return isToken || plain.some((secret) => written.includes(secret)) ? '[token]' : word;
  });
}

/** An error of the application, which may hold what it was given, without the tokens. */
export function errorWithoutTokens(
  error: unknown,
  tokens: readonly (string | undefined)[],
): unknown {
  if (typeof error === 'string') return withoutTokens(error, tokens);
  const seen = new Set<unknown>();
  for (let each = error; each instanceof Error && !seen.has(each); each = each.cause) {
    seen.add(each);
    // It stays the error that filters know, and is changed only where it holds a token.
    for (const name of ['message', 'stack'] as const) {
      const text: unknown = each[name];
      const clean = typeof text === 'string' ? withoutTokens(text, tokens) : text;
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

const MIN_TOKEN_LENGTH = 16;

/** The characters of tokens, percent-encoded ones too. */
const WORD = new RegExp(`[\\w.%~-]{${MIN_TOKEN_LENGTH},}`, 'g');

/** V3, V2 and short ones anywhere in a lower-case word, and V1. */
const TOKEN_SHAPE = /temp-v\d|tid_[\da-z]{22}|^[\da-f]{8}-?[\da-f]{6}-?[\da-f]{8}$/;

/**
 * A text for the log, with `[token]` in place of each of these tokens and of whatever looks like one, in any case and
 * percent-encoded up to three times.
 */
export function withoutTokens(text: string, tokens: readonly (string | undefined)[]): string {
  const secrets = tokens.flatMap((token) =>
    token !== undefined && token.length >= MIN_TOKEN_LENGTH ? [token] : [],
  );
  const plain = secrets.map(toPlain);
  const replaced = secrets.reduce((rest, secret) => rest.replaceAll(secret, '[token]'), text);
  return replaced.replaceAll(WORD, (word) => {
    const written = toPlain(word);
    const isToken = TOKEN_SHAPE.test(written) || isJwt(written);
    return isToken || plain.some((secret) => written.includes(secret)) ? '[token]' : word;
  });
}

/** As {@link withoutTokens}, for an error of an application, which may quote a token that it was given. */
export function errorWithoutTokens(
  error: unknown,
  tokens: readonly (string | undefined)[],
): unknown {
  if (typeof error === 'string') return withoutTokens(error, tokens);
  const seen = new Set<unknown>();
  for (let each = error; each instanceof Error && !seen.has(each); each = each.cause) {
    seen.add(each);
    // Changed in place, so that filters still recognize it.
    for (const name of ['message', 'stack'] as const) {
      const text: unknown = each[name];
      const clean = typeof text === 'string' ? withoutTokens(text, tokens) : text;
      if (clean === text) continue;
      Reflect.defineProperty(each, name, { value: clean, configurable: true, writable: true });
    }
  }
  return error;
}

/** In lower case, and decoded three times. */
function toPlain(text: string): string {
  return decoded(decoded(decoded(text))).toLowerCase();
}

function decoded(text: string): string {
  return text.replaceAll(/%([\da-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** Whether a part that begins with a JSON object in base64url (`{"`) has two more after it. */
function isJwt(plain: string): boolean {
  const parts = plain.split('.');
  return parts.some((part, index) => index + 2 < parts.length && /(?<![a-z\d])eyj/.test(part));
}

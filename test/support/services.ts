import { describe, expect, it } from '@jest/globals';

/** A suite that needs a server; global-setup has said why where it isn't there, and threw in CI. */
export function describeWith(
  url: string | undefined,
  name: string,
  suite: (url: string) => void,
): void {
  const describeOrSkip = url ? describe : describe.skip;
  describeOrSkip(name, () => {
    if (url) suite(url);
    // Jest fails a file without a single test.
    else it('needs its server', () => expect(url).toBeTruthy());
  });
}

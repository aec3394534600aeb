import { describe, expect, it } from '@jest/globals';
import { isInstalled, type ServiceName } from '../../scripts/services/index.mjs';

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
    else it('this suite needs its server', () => expect(url).toBeTruthy());
  });
}

/** A suite that starts and kills servers of its own; in CI one that cannot be had is a failure. */
export function describeKillable(name: ServiceName, title: string, suite: () => void): void {
  const isThere = isInstalled(name) || Boolean(process.env['CI']);
  describeWith(isThere ? name : undefined, title, suite);
}

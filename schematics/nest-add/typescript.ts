import { createRequire } from 'node:module';
import type * as TypeScript from 'typescript';

/**
 * The compiler that Nest's CLI brings. That of the project may be TypeScript 7, which parses nothing for others; it is
 * taken where the CLI is installed for all projects, and so not found from here.
 */
export const ts: typeof TypeScript = load();

function load(): typeof TypeScript {
  try {
    return createRequire(require.resolve('@nestjs/cli/package.json'))('typescript');
  } catch {
    return require('typescript');
  }
}

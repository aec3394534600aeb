/**
 * Builds the documentation site into site/dist.
 *
 *   npm run docs                        builds it and serves it on 127.0.0.1, at PORT if that is set
 *   npm run docs:build                  only builds it
 *   npm run docs:build -- --base /path/ for a host that serves it below that path
 */
import { execSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const root = join(import.meta.dirname, '..');
const { values } = parseArgs({
  options: { serve: { type: 'boolean', default: false }, base: { type: 'string', default: '/' } },
});

if (!isInstalled()) {
  console.log('Installing what builds the site into site/node_modules …');
  execSync('npm ci --prefix site', { cwd: root, stdio: 'inherit' });
}
const { buildSite } = await import('./site.mjs');
await buildSite(root, values.base);
if (values.serve) {
  const { serve } = await import('./serve.mjs');
  console.log(`The site is at ${await serve(join(root, 'site/dist'), values.base)}`);
}

/** npm writes its own list after all packages. */
function isInstalled() {
  const [wanted, installed] = ['package-lock.json', 'node_modules/.package-lock.json'].map((file) =>
    join(import.meta.dirname, file),
  );
  return existsSync(installed) && statSync(installed).mtimeMs >= statSync(wanted).mtimeMs;
}

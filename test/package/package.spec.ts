import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';

const run = promisify(execFile);
const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
/** Each entry and how it may be loaded: by Node in both ways, as an ES module and as CommonJS. */
const entries = Object.entries(manifest.exports as Record<string, object>).flatMap(
  ([entry, conditions]) =>
    Object.entries(typeof conditions === 'object' ? conditions : {}).map(
      ([condition, files]) =>
        [entry, condition, files as { types: string; default: string }] as const,
    ),
);

/** The packages of node_modules that Node loads for a module, and for all that it imports and requires. */
async function loadedBy(specifier: string): Promise<Set<string>> {
  const { stdout } = await run(process.execPath, [
    '--import',
    './test/support/list-loaded.mjs',
    '--input-type=module',
    '--eval',
    `await import('${specifier}');`,
  ]);
  const names = stdout.matchAll(/node_modules\/((?:@[^/\n]+\/)?[^/\n]+)\//g);
  return new Set([...names].map((match) => match[1] ?? ''));
}

const OPTIONAL = ['typeorm', '@nestjs/typeorm', 'ioredis', 'mongodb', 'jose', '@nestjs/config'];

describe('the package', () => {
  it('the main entry loads neither a driver nor jose nor @nestjs/config', async () => {
    const loaded = await loadedBy('nestjs-tempid');
    expect(loaded).toContain('@nestjs/common');
    for (const optional of OPTIONAL) {
      expect(loaded).not.toContain(optional);
    }
  });

  it.each([
    ['nestjs-tempid/typeorm', 'typeorm', 'ioredis'],
    ['nestjs-tempid/redis', 'ioredis', 'typeorm'],
    ['nestjs-tempid/mongodb', 'mongodb', 'typeorm'],
    ['nestjs-tempid/jwt', 'jose', 'typeorm'],
    ['nestjs-tempid/config', '@nestjs/config', 'jose'],
  ])('the entry %s loads what it is for, and no other driver', async (entry, own, other) => {
    const loaded = await loadedBy(entry);
    expect(loaded).toContain(own);
    expect(loaded).not.toContain(other);
  });

  it('the entries for JWTs and for Redis load nothing of the other', async () => {
    expect(await loadedBy('nestjs-tempid/jwt')).not.toContain('ioredis');
    expect(await loadedBy('nestjs-tempid/redis')).not.toContain('jose');
  });

  it('nestjs-tempid/testing loads no driver and no test runner', async () => {
    const loaded = await loadedBy('nestjs-tempid/testing');
    for (const unneeded of [...OPTIONAL, 'jest', '@jest/globals']) {
      expect(loaded).not.toContain(unneeded);
    }
  });

  it.each(entries)(
    'the entry %s has its module and its types for %s',
    (_entry, _condition, { types, default: module }) => {
      expect(existsSync(types)).toBe(true);
      expect(existsSync(module)).toBe(true);
    },
  );

  it('the package ships the build, its sources and the documents that README.md leads to, and nothing else', async () => {
    const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts']);
    const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }];
    const paths = files.map((file) => file.path);
    for (const path of paths) {
      expect(path).toMatch(/^(dist|src|docs)\/|^(package\.json|[A-Z_]+\.md|LICENSE)$/);
    }
    expect(paths).toContain('dist/index.js');
    expect(paths).toContain('src/index.ts');
  });

  it('the package has whatever README.md links to or shows', async () => {
    const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts']);
    const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }];
    const links = [...readFileSync('README.md', 'utf8').matchAll(/(?:\]\(|src=")([^)"#:]+)[)"#]/g)];
    const missing = links
      .map(([, target = '']) => target)
      .filter((target) => !files.some(({ path }) => path === target));
    expect(links.length).toBeGreaterThan(30);
    expect(missing).toEqual([]);
  });

  it('the types and the code of the package lead to the sources that it ships', () => {
    for (const map of ['index.js.map', 'index.cjs.map', 'index.d.ts.map', 'index.d.cts.map']) {
      const { sources } = JSON.parse(readFileSync(`dist/${map}`, 'utf8')) as { sources: string[] };
      for (const source of sources) expect(existsSync(join('dist', source))).toBe(true);
      expect(sources).toContain('../src/decorators/use-tempid.decorator.ts');
    }
  });

  it('the package depends on nothing that Nest does not bring', () => {
    expect(manifest.dependencies ?? {}).toEqual({});
    const required = Object.keys(manifest.peerDependencies).filter(
      (name) => !manifest.peerDependenciesMeta[name]?.optional,
    );
    expect(required).toEqual(['@nestjs/common', '@nestjs/core', 'reflect-metadata', 'rxjs']);
  });
});

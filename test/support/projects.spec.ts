import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { modulesOf, projectOf, PROJECTS, SUITES } from './projects.mjs';

describe('the project of a suite', () => {
  it.each([
    ['test/browser/invite.spec.ts', 'browser'],
    ['test/links/chromium.spec.ts', 'browser'],
    ['test/stores/typeorm.spec.ts', 'servers'],
    ['test/stores/redis-outage.spec.ts', 'servers'],
    ['test/sample/invite.spec.ts', 'package'],
    ['test/package/package.spec.ts', 'package'],
    ['test/formats/cbor.spec.ts', 'unit'],
    ['test/links/page.spec.ts', 'unit'],
  ])('the project of %s is %s', (suite, project) => {
    expect(projectOf(suite)).toBe(project);
  });

  it('the project of a suite that names the variable of a server is servers or browser', () => {
    const naming = SUITES.filter((suite) =>
      [suite, ...modulesOf(suite)]
        .filter((module) => module.startsWith('test/'))
        .some((file) => /process\.env\['(TEST_\w+_URL|CHROMIUM_PATH)'\]/.test(read(file))),
    );
    expect(naming.length).toBeGreaterThan(30);
    for (const suite of naming) expect(['browser', 'servers']).toContain(projectOf(suite));
  });

  it('each of the four projects has suites', () => {
    expect(new Set(SUITES.map(projectOf))).toEqual(new Set(PROJECTS));
  });
});

const read = (file: string) => readFileSync(file, 'utf8');

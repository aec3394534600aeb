import { describe, expect, it } from '@jest/globals';
import { nestAdd, project } from './project.js';

const FOLDER = '/src/tempid-example';
const CONTROLLER = `${FOLDER}/tempid-example.controller.ts`;
const TEST = `${FOLDER}/tempid-example.controller.spec.ts`;

describe('the example', () => {
  it('has a test for Jest, without endings in its imports, in a project of Nest 11', async () => {
    const { read } = await nestAdd(project({}, 11));
    expect(read(TEST)).toContain("from './tempid-example.controller';");
    expect(read(TEST)).not.toContain('vitest');
    expect(read('/src/app.module.ts')).toContain("tempid-example.controller';");
  });

  it('has a test for Vitest, with endings in its imports, in a project of Nest 12', async () => {
    const { read } = await nestAdd(project({}, 12));
    expect(read(TEST)).toContain("from './tempid-example.controller.js';");
    expect(read(TEST)).toContain("from 'vitest';");
    expect(read('/src/app.module.ts')).toContain("tempid-example.controller.js';");
  });

  it('follows the project, and not the version of Nest', async () => {
    const manifest = {
      type: 'module',
      dependencies: { '@nestjs/core': '^11.0.0' },
      devDependencies: { vitest: '^4.0.0' },
    };
    const { read } = await nestAdd(project({ '/package.json': JSON.stringify(manifest) }, 11));
    expect(read(TEST)).toContain("from './tempid-example.controller.js';");
    expect(read(TEST)).toContain("from 'vitest';");
  });

  it('is tested by Fastify where Express is not installed', async () => {
    const manifest = {
      dependencies: { '@nestjs/core': '^11.0.0', '@nestjs/platform-fastify': '^11.0.0' },
      devDependencies: { jest: '^30.0.0' },
    };
    const { read } = await nestAdd(project({ '/package.json': JSON.stringify(manifest) }));
    expect(read(TEST)).toContain('createNestApplication(new FastifyAdapter())');
    expect((await nestAdd(project())).read(TEST)).toContain('createNestApplication()');
  });

  it('has no test where no runner is, and says so', async () => {
    const text = '{ "dependencies": { "@nestjs/core": "^12.0.0" } }';
    const { tree, said } = await nestAdd(project({ '/package.json': text }));
    expect(tree.exists(CONTROLLER)).toBe(true);
    expect(tree.exists(TEST)).toBe(false);
    expect(said).toContainEqual(expect.stringContaining('no test'));
  });

  it('is left out by --example=false', async () => {
    const { tree, read } = await nestAdd(project(), { example: false });
    expect(tree.files.filter((path) => path.includes('example'))).toEqual([]);
    expect(read('/src/app.module.ts')).toContain('controllers: [AppController],');
  });

  it('does not write over files that are there', async () => {
    const { read } = await nestAdd(project({ [CONTROLLER]: '// mine' }));
    expect(read(CONTROLLER)).toBe('// mine');
    expect(read(TEST)).toContain('describe');
  });

  it.each([11, 12] as const)('is as Prettier writes it on Nest %i', async (nest) => {
    const { format } = await import('prettier');
    const { read } = await nestAdd(project({}, nest));
    for (const path of [CONTROLLER, TEST]) {
      const text = read(path);
      expect(await format(text, { parser: 'typescript', singleQuote: true })).toBe(text);
    }
  });
});

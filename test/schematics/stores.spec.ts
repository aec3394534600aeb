import { describe, expect, it } from '@jest/globals';
import { type Added, nestAdd, project } from './project.js';

const CONFIG = "import { ConfigModule } from '@nestjs/config';\n";

const dependenciesOf = ({ read }: Added) => JSON.parse(read('/package.json')).dependencies;
const installs = ({ tasks }: Added) => tasks.map(({ name }) => name);

describe('package.json', () => {
  it.each([
    [11, 'memory', { '@nestjs/config': '^4.0.0' }],
    [12, 'memory', { '@nestjs/config': '^12.0.0' }],
    [
      11,
      'typeorm',
      {
        '@nestjs/config': '^4.0.0',
        '@nestjs/typeorm': '^11.0.0',
        'better-sqlite3': '^12.0.0',
        typeorm: '^0.3.20',
      },
    ],
    [
      12,
      'typeorm',
      {
        '@nestjs/config': '^12.0.0',
        '@nestjs/typeorm': '^12.0.0',
        'better-sqlite3': '^12.0.0',
        typeorm: '^1.0.0',
      },
    ],
    [11, 'redis', { '@nestjs/config': '^4.0.0', ioredis: '^5.0.0' }],
    [12, 'redis', { '@nestjs/config': '^12.0.0', ioredis: '^5.0.0' }],
  ] as const)('on Nest %i gets what the store %s needs', async (nest, store, packages) => {
    const before = JSON.parse(project({}, nest).readText('/package.json'));
    const added = await nestAdd(project({}, nest), { store });
    expect(dependenciesOf(added)).toEqual({ ...before.dependencies, ...packages });
    expect(installs(added)).toEqual(['node-package']);
  });

  it('lists packages by their names, and keeps its form', async () => {
    const manifest = { dependencies: { '@nestjs/core': '^11.0.0', zod: '^4.0.0' }, private: true };
    const text = JSON.stringify(manifest, null, '\t').replaceAll('\n', '\r\n');
    const { read } = await nestAdd(project({ '/package.json': text }), { store: 'redis' });
    const names = ['@nestjs/config', '@nestjs/core', 'ioredis', 'zod'];
    expect(read('/package.json')).toMatch(/^\{\r\n\t"dependencies": \{\r\n\t\t"@nestjs\/config"/);
    expect(Object.keys(JSON.parse(read('/package.json')).dependencies)).toEqual(names);
    expect(read('/package.json')).toMatch(/"private": true\r\n\}$/);
  });

  it('keeps the versions that it names, wherever it names them', async () => {
    const manifest = {
      dependencies: { '@nestjs/core': '^12.0.0', '@nestjs/config': '12.0.0' },
      devDependencies: { ioredis: '5.4.0', vitest: '^4.0.0' },
    };
    const text = JSON.stringify(manifest);
    const added = await nestAdd(project({ '/package.json': text }), { store: 'redis' });
    expect(added.read('/package.json')).toBe(text);
    expect(installs(added)).toEqual([]);
  });

  it('is changed with --skip-install, too, and nothing is installed', async () => {
    const added = await nestAdd(project(), { store: 'redis', skipInstall: true });
    expect(dependenciesOf(added)).toHaveProperty('ioredis');
    expect(installs(added)).toEqual([]);
  });

  it('lets scripts of packages run only where SQLite needs one', async () => {
    const allowed = async (store: string) =>
      (await nestAdd(project(), { store })).tasks[0]?.options;
    expect(await allowed('typeorm')).toMatchObject({ allowScripts: true });
    expect(await allowed('redis')).toMatchObject({ allowScripts: false });
  });

  it('need not name the version of Nest by a number where it is installed', async () => {
    const files = {
      '/package.json': '{ "dependencies": { "@nestjs/core": "latest" } }',
      '/node_modules/@nestjs/core/package.json': '{ "version": "12.5.1" }',
    };
    const added = await nestAdd(project(files));
    expect(dependenciesOf(added)).toMatchObject({ '@nestjs/config': '^12.0.0' });
  });
});

describe('what the application has already', () => {
  it('reads .env: its ConfigModule stays the only one', async () => {
    const config = `${CONFIG}ConfigModule.forRoot({ isGlobal: true })`;
    const added = await nestAdd(project({ '/src/config.module.ts': config }));
    expect(added.read('/src/app.module.ts')).not.toContain('ConfigModule');
    expect(dependenciesOf(added)).not.toHaveProperty('@nestjs/config');
    expect(added.said).toHaveLength(1);
  });

  it('reads other files: a line says that the secret is in .env', async () => {
    const config = `${CONFIG}ConfigModule.forRoot({ envFilePath: '.env.local' })`;
    const { said } = await nestAdd(project({ '/src/config.module.ts': config }));
    expect(said).toContainEqual(expect.stringContaining('.env'));
    expect(said).toHaveLength(2);
  });

  it.each([
    `${CONFIG}// not ConfigModule.forRoot() here`,
    "import { ConfigModule } from './own';\nConfigModule.forRoot()",
  ])('does not read .env where ConfigModule is only spoken of: %j', async (text) => {
    const { read } = await nestAdd(project({ '/src/config.module.ts': text }));
    expect(read('/src/app.module.ts')).toContain('ConfigModule.forRoot()');
  });

  it('reads .env, though a comment speaks of other files', async () => {
    const config = `${CONFIG}// ConfigModule.forRoot({ envFilePath: '.env.local' })\nConfigModule.forRoot()`;
    const { said } = await nestAdd(project({ '/src/config.module.ts': config }));
    expect(said).toHaveLength(1);
  });

  it.each([
    'TypeOrmModule.forRoot({ type: "postgres" })',
    'TypeOrmModule.forRootAsync({ useClass })',
  ])('is a database: uses are counted there, and no SQLite is added', async (database) => {
    const text = `import { TypeOrmModule } from '@nestjs/typeorm';\n${database}`;
    const files = { '/src/database.module.ts': text };
    const added = await nestAdd(project(files), { store: 'typeorm' });
    const module = added.read('/src/app.module.ts');
    expect(module).toContain('TempIDModule.forRoot({ store: TypeOrmTempIDStore })');
    expect(module).not.toContain('TypeOrmModule');
    expect(dependenciesOf(added)).not.toHaveProperty('better-sqlite3');
    expect(added.said).toContainEqual(expect.stringContaining('TempIDUse'));
  });
});

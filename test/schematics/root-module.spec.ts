import { describe, expect, it } from '@jest/globals';
import { format } from 'prettier';
import { filesOf, lines, moduleWith, nestAdd, project } from './project.js';

const FILE = '/src/app.module.ts';
const TEMPID = "import { TempIDModule } from 'nestjs-tempid';\n";

/** What is left of the root module between its imports and its class. */
async function decoratorFrom(...metadata: string[]): Promise<string> {
  const text = moduleWith(...metadata);
  const { read } = await nestAdd(project({ [FILE]: text }), { example: false });
  const [, decorator] = /(@Module[^]*)export class/.exec(read(FILE)) ?? [];
  return decorator ?? '';
}

const ADDED = ['    ConfigModule.forRoot(),', '    TempIDModule.forRoot(),'];

describe('the root module', () => {
  it('of a new application imports the module, and lists the example', async () => {
    const { read } = await nestAdd(project());
    expect(read(FILE)).toBe(
      lines(
        "import { Module } from '@nestjs/common';",
        "import { AppController } from './app.controller';",
        "import { TempIDModule } from 'nestjs-tempid';",
        "import { ConfigModule } from '@nestjs/config';",
        "import { TempIDExampleController } from './tempid-example/tempid-example.controller';",
        '',
        '@Module({',
        '  imports: [ConfigModule.forRoot(), TempIDModule.forRoot()],',
        '  controllers: [AppController, TempIDExampleController],',
        '  providers: [AppService],',
        '})',
        'export class AppModule {}',
      ),
    );
  });

  it.each(['memory', 'typeorm', 'redis'])(
    'is as Prettier writes it, with the store %s',
    async (store) => {
      const { read } = await nestAdd(project(), { store });
      const text = read(FILE);
      expect(await format(text, { parser: 'typescript', singleQuote: true })).toBe(text);
    },
  );

  it('without imports gets them', async () => {
    expect(await decoratorFrom('@Module({', '  controllers: [AppController],', '})')).toBe(
      lines(
        '@Module({',
        '  imports: [ConfigModule.forRoot(), TempIDModule.forRoot()],',
        '  controllers: [AppController],',
        '})',
      ),
    );
  });

  it('with nothing in it gets both lists', async () => {
    const { read } = await nestAdd(project({ [FILE]: moduleWith('@Module({})') }));
    expect(read(FILE)).toContain(
      lines(
        '@Module({',
        '  imports: [ConfigModule.forRoot(), TempIDModule.forRoot()],',
        '  controllers: [TempIDExampleController],',
        '})',
      ),
    );
  });

  it('keeps dynamic modules on several lines, and the comment beside the last', async () => {
    const before = [
      '@Module({',
      '  imports: [',
      '    HttpModule.register({',
      '      timeout: 5000,',
      '    }), // as our partner asks',
    ];
    expect(await decoratorFrom(...before, '  ],', '})')).toBe(
      lines(...before, ...ADDED, '  ],', '})'),
    );
  });

  it('keeps the last line without a comma so', async () => {
    expect(
      await decoratorFrom('@Module({', '  imports: [', '    UsersModule // ours', '  ]', '})'),
    ).toBe(
      lines(
        '@Module({',
        '  imports: [',
        '    UsersModule, // ours',
        '    ConfigModule.forRoot(),',
        '    TempIDModule.forRoot()',
        '  ]',
        '})',
      ),
    );
  });

  it('keeps a comment in a list on one line, and one in a list of nothing else', async () => {
    expect(await decoratorFrom('@Module({ imports: [A, /* why */ B] })')).toBe(
      lines(
        '@Module({ imports: [A, /* why */ B,',
        ...ADDED.slice(0, 1),
        '  TempIDModule.forRoot()] })',
      ).replaceAll('    ', '  '),
    );
    expect(await decoratorFrom('@Module({', '  imports: [ // later', '  ],', '})')).toBe(
      lines('@Module({', '  imports: [ // later', ...ADDED, '  ],', '})'),
    );
  });

  it('breaks a list that becomes too long for its line', async () => {
    const names = ['UsersModule', 'OrdersModule', 'PaymentsModule'];
    expect(await decoratorFrom('@Module({', `  imports: [${names.join(', ')}],`, '})')).toBe(
      lines(
        '@Module({',
        '  imports: [',
        ...names.map((name) => `    ${name},`),
        ...ADDED,
        '  ],',
        '})',
      ),
    );
  });

  it('keeps the line ends of Windows', async () => {
    const text = moduleWith('@Module({', '  imports: [],', '})').replaceAll('\n', '\r\n');
    const { read } = await nestAdd(project({ [FILE]: text }));
    expect(read(FILE)).toContain('TempIDModule');
    expect(read(FILE).replaceAll('\r\n', '')).not.toContain('\n');
  });

  it('does not import again what it imports', async () => {
    const text = `import { ConfigModule } from '@nestjs/config';\n${moduleWith('@Module({})')}`;
    const { read } = await nestAdd(project({ [FILE]: text }), { store: 'redis' });
    expect(read(FILE).match(/\bConfigModule\b.*from/g)).toHaveLength(1);
    expect(read(FILE)).toContain("import { ConfigService } from '@nestjs/config';");
  });

  it('leaves the comment beside its last import there', async () => {
    const last = "import './setup'; // comes last";
    const text = moduleWith(last, '@Module({})');
    const { read } = await nestAdd(project({ [FILE]: text }));
    expect(read(FILE)).toContain(`${last}\nimport { TempIDModule }`);
  });

  it('takes what it imports under another name by that', async () => {
    const text = `import { ConfigModule as Settings } from '@nestjs/config';\n${moduleWith('@Module({})')}`;
    const { read } = await nestAdd(project({ [FILE]: text }));
    expect(read(FILE)).toContain('imports: [Settings.forRoot(), TempIDModule.forRoot()]');
    expect(read(FILE).match(/@nestjs\/config/g)).toHaveLength(1);
  });

  it('lists after others, where these come first', async () => {
    expect(await decoratorFrom('@Module({ ...base, imports: [] })')).toContain(
      '@Module({ ...base, imports: [ConfigModule.forRoot(), TempIDModule.forRoot()] })',
    );
  });

  it.each([
    "import { ConfigModule } from './config/config.module';",
    "import ConfigModule from './config/config.module';",
    "import * as ConfigModule from './config/config.module';",
    "import { SettingsModule as ConfigModule } from './config/config.module';",
    "import type { ConfigModule } from '@nestjs/config';",
    "import { type ConfigModule } from '@nestjs/config';",
    "import { Module } from '@nestjs/common';\n@Module({})\nclass ConfigModule {}",
    'const ConfigModule = build();',
  ])('imports beside a ConfigModule of its own, under another name: %j', async (own) => {
    const text = `${own}\n${moduleWith('@Module({ imports: [] })')}`;
    const { read } = await nestAdd(project({ [FILE]: text }));
    expect(read(FILE)).toContain(
      "import { ConfigModule as NestConfigModule } from '@nestjs/config';",
    );
    expect(read(FILE)).toContain('imports: [NestConfigModule.forRoot(), TempIDModule.forRoot()]');
    expect(read(FILE)).toContain(own);
  });

  it('uses no name for two things, wherever the store names them', async () => {
    const own = [
      "import { ConfigModule, NestConfigModule } from './config/config.module';",
      "import type { ConfigService } from '@nestjs/config';",
      "import { TempIDModule } from './tempid/tempid.module';",
    ];
    const text = lines(...own) + moduleWith('@Module({})');
    const { read } = await nestAdd(project({ [FILE]: text }), { store: 'redis' });
    expect(read(FILE)).toContain(
      lines(
        '    NestNestConfigModule.forRoot(),',
        '    NestTempIDModule.forRoot({',
        '      store: RedisTempIDStore.registerAsync({',
        '        imports: [NestNestConfigModule],',
        '        inject: [NestConfigService],',
        '        useFactory: (config: NestConfigService) => ({',
      ),
    );
  });
});

describe('which module is the root module', () => {
  const API = '@Module({ imports: [] })\nexport class ApiModule {}\n';

  it('is said by main.ts, whatever its name', async () => {
    const main = lines(
      "import { NestFactory } from '@nestjs/core';",
      "import { ApiModule as Root } from './api/api.module.js';",
      'const app = await NestFactory.create<NestFastifyApplication>(Root, new FastifyAdapter());',
    );
    const text =
      lines("import { Module } from '@nestjs/common';") +
      API +
      '@Module({})\nexport class OtherModule {}\n';
    const { read } = await nestAdd(
      project({ '/src/main.ts': main, '/src/api/api.module.ts': text }, 12),
    );
    expect(read('/src/api/api.module.ts')).toContain(
      'imports: [ConfigModule.forRoot(), TempIDModule.forRoot()]',
    );
    expect(read('/src/api/api.module.ts')).toContain('@Module({})\nexport class OtherModule');
    expect(read('/src/api/tempid-example/tempid-example.controller.ts')).toContain('@UseTempID');
    expect(read(FILE)).not.toContain('TempIDModule');
  });

  it('may stand in main.ts itself', async () => {
    const main = `import { Module } from '@nestjs/common';\n${API}NestFactory.create(ApiModule);\n`;
    const { read } = await nestAdd(project({ '/src/main.ts': main, [FILE]: null }));
    expect(read('/src/main.ts')).toContain('TempIDModule.forRoot()');
  });

  it.each(['create(AppModule)', 'createMicroservice(AppModule, {})'])(
    'is the one that NestFactory.%s serves, whatever else main.ts starts before',
    async (start) => {
      const main = lines(
        "import { SeedModule } from './seed.module';",
        "import { AppModule } from './app.module';",
        'const seed = await NestFactory.createApplicationContext(SeedModule);',
        `const app = await NestFactory.${start};`,
      );
      const seed = moduleWith('@Module({})').replace('AppModule', 'SeedModule');
      const { read } = await nestAdd(
        project({ '/src/main.ts': main, '/src/seed.module.ts': seed }),
      );
      expect(read(FILE)).toContain('TempIDModule.forRoot()');
    },
  );

  it('is the one of an application without a server, where main.ts starts no other', async () => {
    const main = lines(
      "import { JobsModule } from './jobs.module';",
      'await NestFactory.createApplicationContext(JobsModule);',
    );
    const jobs = moduleWith('@Module({})').replace('AppModule', 'JobsModule');
    const { read } = await nestAdd(
      project({ '/src/main.ts': main, '/src/jobs.module.ts': jobs, [FILE]: null }),
    );
    expect(read('/src/jobs.module.ts')).toContain('TempIDModule.forRoot()');
  });

  it.each([
    ['export default class AppModule {}', 'AppModule'],
    ['export default class {}', '{ default as AppModule }'],
    ['class AppModule {}\nexport default AppModule;', 'AppModule'],
  ])('may be exported by default: %j', async (declaration, binding) => {
    const main = `import ${binding} from './app.module';\nNestFactory.create(AppModule);\n`;
    const text = moduleWith('@Module({ imports: [] })')
      .replace('export class AppModule {}', declaration)
      .concat('\n@Module({ imports: [] })\nexport class OtherModule {}\n');
    const { read } = await nestAdd(project({ '/src/main.ts': main, [FILE]: text }));
    expect(read(FILE)).toContain(
      `imports: [ConfigModule.forRoot(), TempIDModule.forRoot()] })\n${declaration.split('\n')[0]}`,
    );
    expect(read(FILE)).toContain('@Module({ imports: [] })\nexport class OtherModule');
  });

  it('is in another folder in a monorepo, as nest add says', async () => {
    const files = {
      '/apps/api/src/main.ts':
        "import { ApiModule } from './api.module';\nNestFactory.create(ApiModule);\n",
      '/apps/api/src/api.module.ts': `import { Module } from '@nestjs/common';\n${API}`,
    };
    const { read } = await nestAdd(project(files), { sourceRoot: 'apps/api/src' });
    expect(read('/apps/api/src/api.module.ts')).toContain('TempIDModule.forRoot()');
    expect(read(FILE)).not.toContain('TempIDModule');
  });

  it.each(['src/api/api.module.ts', 'src/api/api.module', 'api/api.module.ts'])(
    'is named by --module %s',
    async (module) => {
      const text = `import { Module } from '@nestjs/common';\n${API}`;
      const { read } = await nestAdd(project({ '/src/api/api.module.ts': text }), { module });
      expect(read('/src/api/api.module.ts')).toContain('TempIDModule.forRoot()');
      expect(read(FILE)).not.toContain('TempIDModule');
    },
  );
});

describe('nest add changes nothing and says what to do', () => {
  it.each([
    [
      'where the root module is not found',
      { [FILE]: null },
      {},
      /root module was not found.*--module src/,
    ],
    [
      'where --module names no file',
      {},
      { module: 'src/no.module.ts' },
      /no file src\/no\.module\.ts/,
    ],
    [
      'where --module names a file without one',
      {},
      { module: 'src/main.ts' },
      /src\/main\.ts has no class/,
    ],
    [
      'where a list is none that can be read',
      { [FILE]: moduleWith('@Module({ imports: modules })') },
      {},
      /added to 'imports'.*imports: \[\.\.\.others\]/,
    ],
    [
      'where others may bring a list',
      { [FILE]: moduleWith('@Module({ ...base, providers: [] })') },
      {},
      /added to 'imports'.*'\.\.\.base' may.*imports: \[\.\.\.others\]/,
    ],
    [
      'where others may bring a list instead of this one',
      { [FILE]: moduleWith('@Module({ imports: [A], ...base })') },
      {},
      /added to 'imports'.*'\.\.\.base' may/,
    ],
    [
      'where the name of a list is computed',
      { [FILE]: moduleWith("@Module({ ['imports']: [A] })") },
      {},
      /added to 'imports'.*\['imports'\].* may/,
    ],
    [
      'where the module that main.ts imports by default is not there',
      { '/src/main.ts': "import AppModule from './app.module';\nNestFactory.create(AppModule);\n" },
      {},
      /src\/app\.module\.ts has no default class.*--module/,
    ],
    ['where there is no package.json', { '/package.json': null }, {}, /no package\.json here/],
    [
      'where Nest is older',
      { '/package.json': '{ "dependencies": { "@nestjs/core": "^10.0.0" } }' },
      {},
      /for Nest 11 and 12.*\^10\.0\.0/,
    ],
    ['of an option that is not there', {}, { stroe: 'redis' }, /stroe/],
    ['of a store that is not there', {}, { store: 'mongodb' }, /store/],
  ])('%s', async (_, files, options, message) => {
    const tree = project(files);
    const before = filesOf(tree);
    await expect(nestAdd(tree, options)).rejects.toThrow(message);
    expect(filesOf(tree)).toEqual(before);
  });
});

describe('nest add', () => {
  it.each(['memory', 'typeorm', 'redis'])(
    'run twice with the store %s changes nothing',
    async (store) => {
      const once = await nestAdd(project(), { store });
      const before = filesOf(once.tree);
      const twice = await nestAdd(once.tree, { store });
      expect(filesOf(twice.tree)).toEqual(before);
      expect(twice.tasks).toEqual([]);
      expect(twice.said).toEqual([expect.stringContaining('nothing is changed')]);
    },
  );

  it('changes nothing where a module of the application has TempIDModule', async () => {
    const tree = project({
      '/src/account/account.module.ts': `${TEMPID}TempIDModule.forRoot({ isGlobal: true })`,
    });
    const before = filesOf(tree);
    expect(filesOf((await nestAdd(tree)).tree)).toEqual(before);
  });

  it.each([
    `${TEMPID}TempIDModule.forRootAsync({})`,
    "import { TempIDModule as Tokens } from 'nestjs-tempid';\nTokens.forRoot()",
    "import * as tempid from 'nestjs-tempid';\ntempid.TempIDModule.forRoot()",
    `// caf\xe9\n${TEMPID}TempIDModule.forRoot()`,
  ])('sees that TempIDModule is there: %j', async (text) => {
    const tree = project();
    tree.create('/src/latest.ts', Buffer.from(text, 'latin1'));
    const { said } = await nestAdd(tree);
    expect(said).toEqual([expect.stringContaining('nothing is changed')]);
  });

  it.each([
    ['a test', '/src/a.spec.ts', `${TEMPID}TempIDModule.forRoot()`],
    ['a helper of tests', '/src/testing/app.ts', `${TEMPID}TempIDModule.forRoot()`],
    [
      'a helper that makes a testing module',
      '/src/app.helper.ts',
      `${TEMPID}Test.createTestingModule({ imports: [TempIDModule.forRoot()] })`,
    ],
    ['a comment', '/src/a.ts', `${TEMPID}// TempIDModule.forRoot()`],
    ['a string', '/src/a.ts', `${TEMPID}const text = 'see TempIDModule.forRoot()';`],
    ['another class', '/src/a.ts', "import { TempIDModule } from './own';\nTempIDModule.forRoot()"],
    ['an import of its type', '/src/a.ts', "import type { TempIDModule } from 'nestjs-tempid';"],
  ])('is not kept from its work by %s', async (_, path, text) => {
    const { read } = await nestAdd(project({ [path]: text }));
    expect(read(FILE)).toContain('TempIDModule.forRoot()');
  });

  it('reads past a source that is not UTF-8', async () => {
    const tree = project();
    tree.create('/src/old.ts', Buffer.from('// caf\xe9\n', 'latin1'));
    expect((await nestAdd(tree)).read(FILE)).toContain('TempIDModule.forRoot()');
  });
});

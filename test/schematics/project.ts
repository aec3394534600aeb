import { HostTree } from '@angular-devkit/schematics';
import { SchematicTestRunner, UnitTestTree } from '@angular-devkit/schematics/testing';

/** As `nest new` makes them. */
const MAIN = lines(
  "import { NestFactory } from '@nestjs/core';",
  "import { AppModule } from './app.module';",
  '',
  'async function bootstrap() {',
  '  const app = await NestFactory.create(AppModule);',
  '  await app.listen(process.env.PORT ?? 3000);',
  '}',
  'bootstrap();',
);

/** A module with this between the brackets of `@Module()`. */
export const moduleWith = (...metadata: string[]) =>
  lines(
    "import { Module } from '@nestjs/common';",
    "import { AppController } from './app.controller';",
    '',
    ...metadata,
    'export class AppModule {}',
  );

const APP_MODULE = moduleWith(
  '@Module({',
  '  imports: [],',
  '  controllers: [AppController],',
  '  providers: [AppService],',
  '})',
);

const MANIFESTS = {
  11: {
    name: 'shop',
    dependencies: { '@nestjs/core': '^11.0.1', '@nestjs/platform-express': '^11.0.1' },
    devDependencies: { jest: '^30.0.0' },
  },
  12: {
    name: 'shop',
    type: 'module',
    dependencies: { '@nestjs/core': '^12.0.1', '@nestjs/platform-express': '^12.0.1' },
    devDependencies: { vitest: '^4.1.2' },
  },
};

export function lines(...all: string[]): string {
  return all.map((line) => `${line}\n`).join('');
}

type Files = Record<string, string | null>;

/** A project of Nest 11, or 12, with these files; null: without. */
export function project(files: Files = {}, nest: keyof typeof MANIFESTS = 11): UnitTestTree {
  const tree = new UnitTestTree(new HostTree());
  const all: Files = {
    '/package.json': `${JSON.stringify(MANIFESTS[nest], null, 2)}\n`,
    '/.gitignore': 'node_modules\n',
    '/src/main.ts': MAIN,
    '/src/app.module.ts': APP_MODULE,
    ...files,
  };
  for (const [path, text] of Object.entries(all)) if (text !== null) tree.create(path, text);
  return tree;
}

/** What `nest add` did: the files, what it said, and what it would install. */
export interface Added {
  readonly tree: UnitTestTree;
  readonly said: readonly string[];
  readonly tasks: SchematicTestRunner['tasks'];
  read(path: string): string;
}

export async function nestAdd(tree: UnitTestTree, options: object = {}): Promise<Added> {
  const runner = new SchematicTestRunner('nestjs-tempid', 'dist/schematics/collection.json');
  const said: string[] = [];
  runner.logger.subscribe(({ message }) => said.push(message));
  const added = await runner.runSchematic('nest-add', options, tree);
  return { tree: added, said, tasks: runner.tasks, read: (path) => added.readText(path) };
}

export const filesOf = (tree: UnitTestTree) =>
  Object.fromEntries(tree.files.map((path) => [path, tree.readText(path)]));

import { randomBytes } from 'node:crypto';
import type { ModuleAddition } from './module-file';
import type { StoreName } from './options';
import type { Project } from './project';

/** What is added to an application. */
export interface Setup extends ModuleAddition {
  /** Versions by the names of packages. */
  readonly packages: Readonly<Record<string, string>>;
  /** What is written into `.env`. */
  readonly variables: Readonly<Record<string, string>>;
  /** Files that no repository should have. */
  readonly ignored: readonly string[];
  /** What is left for people to look at. */
  readonly notes: readonly string[];
}

type Part = Partial<Setup>;

/** The versions that belong to a Nest. */
const VERSIONS = {
  11: { config: '^4.0.0', nestTypeOrm: '^11.0.0', typeorm: '^0.3.20' },
  12: { config: '^12.0.0', nestTypeOrm: '^12.0.0', typeorm: '^1.0.0' },
} as const;

/** The module with its store, and what these need. Whatever the application has already, its own stays. */
export function setupOf(store: StoreName, project: Project, ...others: readonly Part[]): Setup {
  const stores: Record<StoreName, readonly Part[]> = {
    memory: [MEMORY],
    typeorm: [databaseOf(project), TYPEORM],
    redis: [REDIS],
  };
  return joined([itself(), environmentOf(project), ...stores[store], ...others]);
}

const itself = (): Part => ({
  names: { 'nestjs-tempid': ['TempIDModule'] },
  variables: { TEMPID_SECRET: randomBytes(32).toString('base64url') },
  ignored: ['.env'],
});

/** Nest reads no `.env` by itself: `@nestjs/config` does, in tests as well, and where the file is missing. */
function environmentOf({ nest, callsForRoot, sets }: Project): Part {
  if (!callsForRoot('@nestjs/config', 'ConfigModule')) {
    return {
      imports: ['ConfigModule.forRoot()'],
      names: { '@nestjs/config': ['ConfigModule'] },
      packages: { '@nestjs/config': VERSIONS[nest].config },
    };
  }
  if (!sets('envFilePath', 'ignoreEnvFile')) return {};
  const note =
    'ConfigModule is told which files to read: see that it reads what .env has now, or move it.';
  return { notes: [note] };
}

const MEMORY: Part = {
  imports: ['TempIDModule.forRoot()'],
};

/** A file of SQLite needs no server. The migration makes the table in production, too. */
function databaseOf({ nest, callsForRoot }: Project): Part {
  if (callsForRoot('@nestjs/typeorm', 'TypeOrmModule')) {
    const note =
      'Uses are counted by your TypeOrmModule. With autoLoadEntities it knows the entity TempIDUse; its table is made ' +
      'by synchronize, or by the migration CreateTempIDUses1763769600000 of nestjs-tempid/typeorm.';
    return { notes: [note] };
  }
  const { nestTypeOrm, typeorm } = VERSIONS[nest];
  return {
    imports: [
      `TypeOrmModule.forRoot({
  type: 'better-sqlite3',
  database: 'app.sqlite',
  autoLoadEntities: true,
  migrations: [CreateTempIDUses1763769600000],
  migrationsRun: true,
})`,
    ],
    names: {
      '@nestjs/typeorm': ['TypeOrmModule'],
      'nestjs-tempid/typeorm': ['CreateTempIDUses1763769600000'],
    },
    packages: { '@nestjs/typeorm': nestTypeOrm, typeorm, 'better-sqlite3': '^12.0.0' },
    ignored: ['app.sqlite'],
  };
}

const TYPEORM: Part = {
  imports: ['TempIDModule.forRoot({ store: TypeOrmTempIDStore })'],
  names: { 'nestjs-tempid/typeorm': ['TypeOrmTempIDStore'] },
};

const REDIS: Part = {
  imports: [
    `TempIDModule.forRoot({
  store: RedisTempIDStore.registerAsync({
    imports: [ConfigModule],
    inject: [ConfigService],
    useFactory: (config: ConfigService) => ({
      url: config.getOrThrow<string>('REDIS_URL'),
    }),
  }),
})`,
  ],
  names: {
    '@nestjs/config': ['ConfigModule', 'ConfigService'],
    'nestjs-tempid/redis': ['RedisTempIDStore'],
  },
  packages: { ioredis: '^5.0.0' },
  variables: { REDIS_URL: 'redis://localhost:6379' },
};

function joined(parts: readonly Part[]): Setup {
  const names: Record<string, readonly string[]> = {};
  for (const [from, some] of parts.flatMap((part) => Object.entries(part.names ?? {}))) {
    names[from] = [...new Set([...(names[from] ?? []), ...some])];
  }
  return {
    names,
    imports: parts.flatMap(({ imports = [] }) => imports),
    controllers: parts.flatMap(({ controllers = [] }) => controllers),
    packages: Object.assign({}, ...parts.map(({ packages }) => packages)),
    variables: Object.assign({}, ...parts.map(({ variables }) => variables)),
    ignored: parts.flatMap(({ ignored = [] }) => ignored),
    notes: parts.flatMap(({ notes = [] }) => notes),
  };
}

import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, describe, expect, it } from '@jest/globals';
import { createConnection } from 'mysql2/promise';
import { isInstalled } from '../../scripts/services/index.mjs';
import { describeWith } from '../support/services.js';

const SMALL = ['--uses', '400', '--processes', '2'];
const EXACT = { uses: '400', allowed: '306', refused: '94', lost: '0', verdict: 'exact' };
const ALONE = ['--processes', '1'];
/** So many that the kill comes before they are used up. */
const FEW = ['--uses', '2000', '--processes', '2'];
const IN_TIME = ['--uses', '10000', '--processes', '2'];
const OF_SERVERS = Object.entries({
  postgres: 'TEST_POSTGRES_URL',
  mariadb: 'TEST_MYSQL_URL',
  redis: 'TEST_REDIS_URL',
  'redis-cluster': 'TEST_REDIS_CLUSTER_URL',
}).flatMap(([name, variable]) => (process.env[variable] ? [name] : []));

const storeModule = (name: string) => ['--store', `test/support/stores/${name}.mjs`];

const scratch = mkdtempSync(join(tmpdir(), 'tempid-'));
afterAll(() => rmSync(scratch, { recursive: true }));

interface Stressed {
  readonly code: number | null;
  readonly rows: Record<string, string>[];
  readonly stderr: string;
}

function start(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, ['scripts/stress.mjs', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TMPDIR: scratch, ...env },
  });
  // 'close' comes when the last process that could still write has gone.
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, closed };
}

async function stress(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Stressed> {
  const { child, closed } = start(args, env);
  const [stdout, stderr, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    closed,
  ]);
  return { code, rows: rowsOf(stdout), stderr };
}

/** The lines of the table by the titles of its columns, which two spaces part. */
function rowsOf(output: string): Record<string, string>[] {
  const [table = ''] = output.trimEnd().split('\n\n');
  const [titles = [], ...rows] = table.split('\n').map((line) => line.trim().split(/ {2,}/));
  return rows.map((row) => Object.fromEntries(titles.map((title, at) => [title, row[at] ?? ''])));
}

describe('npm run stress', () => {
  it('npm run stress finds every use allowed or refused, and exactly maxUses allowed', async () => {
    const { code, rows } = await stress(['--store', 'sqlite', ...SMALL]);
    expect(rows).toEqual([expect.objectContaining({ store: 'sqlite', ...EXACT })]);
    expect(code).toBe(0);
  });

  it('npm run stress finds the same on each store that there is', async () => {
    const names = [...OF_SERVERS, 'mongodb', 'memory'];
    const { code, rows } = await stress([...names.flatMap((name) => ['--store', name]), ...SMALL]);
    const exact = names.map((name) => ({ store: expect.stringContaining(name), ...EXACT }));
    expect(rows).toEqual(exact.map((row) => expect.objectContaining(row)));
    expect(code).toBe(0);
  });

  it('npm run stress takes a store of the user', async () => {
    const { code, rows } = await stress([...storeModule('of-one-process'), ...SMALL, ...ALONE]);
    expect(rows).toEqual([expect.objectContaining(EXACT)]);
    expect(code).toBe(0);
  });

  it('npm run stress says of a store that reads, decides and writes how often it allowed a token', async () => {
    const { code, rows } = await stress([...storeModule('read-then-write'), ...SMALL, ...ALONE]);
    expect(rows[0]?.['verdict']).toMatch(/^BROKEN: token with 1 was allowed \d+ times$/);
    expect(code).toBe(1);
  });

  it('npm run stress says that a process has died, and does not wait for it', async () => {
    const { code, rows, stderr } = await stress([...storeModule('deadly'), ...SMALL]);
    expect(stderr).toContain('one of the processes has ended (exit code 3)');
    expect(rows).toEqual([]);
    expect(code).toBe(1);
  });

  it('npm run stress says of a store that was asked for why it cannot be had', async () => {
    const nowhere = { TEST_REDIS_URL: 'redis://127.0.0.1:1' };
    const { code, stderr } = await stress(['--store', 'redis'], nowhere);
    expect(stderr).toMatch(/^not run: Redis: TEST_REDIS_URL is set but not usable .*$/m);
    expect(code).toBe(1);
  });

  it.each([
    [['--stores', 'redis'], `Unknown option '--stores'; the options are --store <name>, `],
    [['--store', 'oracle'], `--store: there is no store 'oracle'; there are sqlite, postgres, `],
    [['--store', './nothing.mjs'], '--store: there is no file ./nothing.mjs'],
    [['--uses', '399'], `--uses: '399' is no whole number from 400 to 1000000`],
    [['--processes', 'many'], `--processes: 'many' is no whole number from 1 to 64`],
  ])('npm run stress refuses %j in one line', async (args, line) => {
    const { code, stderr } = await stress(args);
    expect(stderr.trimEnd().split('\n')).toEqual([expect.stringContaining(line)]);
    expect(code).toBe(2);
  });

  it('npm run stress leaves nothing behind after a Ctrl-C', async () => {
    const { child, closed } = start(['--store', 'sqlite']);
    child.stderr.on('data', (line) => {
      if (String(line).includes('in flight')) child.kill('SIGINT');
    });
    expect(await closed).toBe(130);
    expect(readdirSync(scratch)).toEqual([]);
  });
});

describe('npm run stress -- --by', () => {
  it('npm run stress -- --by finds exactly 50 of 200 people let in, each once, on each store that there is', async () => {
    const names = ['memory', ...(process.env['TEST_REDIS_URL'] ? ['redis'] : []), 'mongodb'];
    const stores = names.flatMap((name) => ['--store', name]);
    const { code, rows } = await stress(['--by', ...stores]);
    const exact = { uses: '4000', allowed: '50', refused: '3950', lost: '0', verdict: 'exact' };
    expect(rows).toEqual(
      names.map((name) =>
        expect.objectContaining({ store: expect.stringContaining(name), ...exact }),
      ),
    );
    expect(code).toBe(0);
  });

  it.each([
    ['looks-before-it-counts', /^BROKEN: token with 50 let \d+ people in$/],
    ['knows-nobody', /^BROKEN: (one was let in \d+ times|token with 50 has 50 uses by 0 people)$/],
  ])('npm run stress -- --by says what is wrong with a store that %s', async (name, verdict) => {
    const { code, rows } = await stress(['--by', ...storeModule(name), ...ALONE]);
    expect(rows[0]?.['verdict']).toMatch(verdict);
    expect(code).toBe(1);
  });
});

describeWith(process.env['TEST_MYSQL_URL'], 'npm run stress -- --by on MariaDB', (url) => {
  it('npm run stress -- --by leaves no table behind on a server that it was given', async () => {
    const { code, rows } = await stress(['--by', '--store', 'mariadb', '--processes', '2']);
    expect(rows).toEqual([expect.objectContaining({ allowed: '50', verdict: 'exact' })]);
    expect(code).toBe(0);
    const connection = await createConnection(url);
    const [tables] = await connection.query(`SHOW TABLES LIKE 'tempid\\_stress\\_%'`);
    await connection.end();
    expect(tables).toEqual([]);
  });
});

describe('npm run stress -- --kill', () => {
  it('npm run stress -- --kill kills a process that uses SQLite, and finds no token allowed too often', async () => {
    const { code, rows, stderr } = await stress(['--store', 'sqlite', '--kill', ...FEW]);
    expect(rows).toEqual([expect.objectContaining({ verdict: 'never more than maxUses' })]);
    expect(stderr).toMatch(/killed after \d+ allowed uses\n.*started again after/);
    expect(code).toBe(0);
  });

  it('npm run stress -- --kill says of a store that forgets how often it allowed a token', async () => {
    const forgetful = [...storeModule('of-one-process'), '--uses', '20000', ...ALONE];
    const { code, rows } = await stress(['--kill', ...forgetful]);
    expect(rows[0]?.['verdict']).toMatch(/^BROKEN: token with \d+ was allowed \d+ times/);
    expect(code).toBe(1);
  });

  it('npm run stress -- --kill has nothing to kill where a count ends with its process', async () => {
    const { code, stderr } = await stress(['--kill', '--store', 'memory']);
    expect(stderr).toContain('not run: memory: a count ends with its process');
    expect(code).toBe(1);
  });
});

const describeWithRedis = isInstalled('redis') ? describe : describe.skip;

describeWithRedis('npm run stress -- --kill, with a server', () => {
  it('npm run stress -- --kill --by finds no token with too many people let in, and nobody let in twice', async () => {
    const { code, rows, stderr } = await stress(['--store', 'redis', '--kill', '--by']);
    expect(rows).toEqual([expect.objectContaining({ verdict: 'never more than maxUses people' })]);
    expect(Number(rows[0]?.['lost'])).toBeGreaterThan(0);
    expect(stderr).toMatch(/killed after \d+ allowed uses\n.*started again after/);
    expect(code).toBe(0);
  });

  it('npm run stress -- --kill finds no token allowed too often, and each used up once the server runs again', async () => {
    const { code, rows, stderr } = await stress(['--store', 'redis', '--kill', ...IN_TIME]);
    expect(rows).toEqual([expect.objectContaining({ verdict: 'never more than maxUses' })]);
    expect(Number(rows[0]?.['lost'])).toBeGreaterThan(0);
    expect(stderr).toMatch(/killed after \d+ allowed uses\n.*started again after/);
    expect(code).toBe(0);
  });
});

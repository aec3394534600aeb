import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';

const exec = promisify(execFile);

/** Its own address for the package: `nest add` gives npm what stands behind the `@`. */
const PACKED = 'nestjs-tempid.tgz';
const LIBRARY = `nestjs-tempid@file:${PACKED}`;

const GITIGNORE = `node_modules\ndist\n*.tsbuildinfo\n${PACKED}\n`;
const START_MS = 60_000;

/**
 * Makes a project by `nest new`, runs `nest add nestjs-tempid` in it, then its tests, its linter and its build, starts
 * it and asks the example by HTTP; and all that again for each further store.
 *
 * @param {object} options
 * @param {string} options.packed the path of what `npm pack` wrote
 * @param {11 | 12} options.nest
 * @param {readonly ('memory' | 'typeorm' | 'redis')[]} options.stores
 * @param {string} [options.redisUrl] instead of that of .env
 * @param {(line: string) => void} [options.log]
 * @throws where a step fails, with what it printed
 */
export async function checkNestAdd({ packed, nest, stores, redisUrl, log = console.log }) {
  const folder = await mkdtemp(join(tmpdir(), `nest-add-${nest}-`));
  try {
    const app = await newProject(folder, nest);
    await cp(packed, join(app, PACKED));
    await run(app, 'npm', ['install', `./${PACKED}`]);
    await commit(app, 'a new project with the package');
    for (const store of stores) {
      await checkStore(app, { store, redisUrl });
      log(`nest add on Nest ${nest} with the store ${store}: right`);
      await run(app, 'git', ['reset', '--hard', '--quiet', 'HEAD~1']);
      await run(app, 'git', ['clean', '-fdxq', '-e', 'node_modules', '-e', PACKED]);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The packages' own program of the version that is asked for, since `nest new` installs the newest of each. */
async function newProject(folder, nest) {
  const cli = join(folder, 'cli');
  await mkdir(cli);
  await writeFile(join(cli, 'package.json'), '{ "private": true }');
  await run(cli, 'npm', ['install', `@nestjs/cli@${nest}`]);
  const options = ['--skip-git', '--package-manager', 'npm'];
  await run(folder, process.execPath, [
    join(cli, 'node_modules/.bin/nest'),
    'new',
    'app',
    ...options,
  ]);
  const app = join(folder, 'app');
  await writeFile(join(app, '.gitignore'), GITIGNORE);
  await run(app, 'git', ['init', '--quiet']);
  return app;
}

async function checkStore(app, { store, redisUrl }) {
  const add = (library, ...options) =>
    run(app, 'npx', ['nest', 'add', library, `--store=${store}`, ...options]);

  const shown = await add('nestjs-tempid', '--skip-install', '--dry-run');
  assert.match(shown, /UPDATE\S* src\/app\.module\.ts/);
  assert.equal(await changes(app), '', '--dry-run changes nothing');

  await add(LIBRARY);
  const environment = await readFile(join(app, '.env'), 'utf8');
  assert.match(environment, /^TEMPID_SECRET=[\w-]{43}$/m);
  assert.match(await readFile(join(app, '.gitignore'), 'utf8'), /^\.env$/m);
  await commit(app, `nest add with the store ${store}`);

  await run(app, 'npx', ['prettier', '--check', 'src']);
  await run(app, 'npm', ['run', 'lint']);
  for (const script of ['test', 'test:e2e', 'build']) {
    await run(app, 'npm', ['run', script], { REDIS_URL: redisUrl });
  }
  await checkExample(app, { REDIS_URL: redisUrl });

  await add(LIBRARY);
  assert.equal(await changes(app), '', 'a second nest add changes nothing');
  assert.equal(await readFile(join(app, '.env'), 'utf8'), environment);
}

/** A token is used once; one that was minted before a restart works after it, so the secret is that of .env. */
async function checkExample(app, variables) {
  const kept = await started(app, variables, async (example) => {
    const token = await mint(example);
    assert.deepEqual(await use(example, token), [200, { joined: 'Night Owls' }]);
    const [status, { code }] = await use(example, token);
    assert.deepEqual([status, code], [401, 'TEMPID_EXHAUSTED']);
    return mint(example);
  });
  await started(app, variables, async (example) => {
    assert.equal((await use(example, kept))[0], 200);
    assert.equal((await use(example, kept))[0], 401);
  });
}

async function mint(example) {
  const response = await fetch(example, { method: 'POST' });
  assert.equal(response.status, 201);
  return (await response.json()).token;
}

async function use(example, token) {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ token });
  const response = await fetch(`${example}/use`, { method: 'POST', headers, body });
  return [response.status, await response.json()];
}

/** Runs the build of an application while `ask` asks it. */
async function started(app, variables, ask) {
  const port = await freePort();
  const env = environmentOf({ ...variables, PORT: String(port) });
  const server = spawn(process.execPath, ['dist/main.js'], { cwd: app, env });
  let printed = '';
  server.stdout.on('data', (data) => (printed += data));
  server.stderr.on('data', (data) => (printed += data));
  const ended = new Promise((settle) => server.once('close', settle));
  try {
    const example = `http://127.0.0.1:${port}/tempid-example`;
    await answered(example, server);
    return await ask(example);
  } catch (error) {
    throw new Error(`The application printed:\n${printed}`, { cause: error });
  } finally {
    server.kill();
    await ended;
  }
}

async function answered(url, server) {
  for (const end = Date.now() + START_MS; Date.now() < end;) {
    if (server.exitCode !== null) throw new Error(`It ended with ${server.exitCode}.`);
    try {
      return await fetch(url);
    } catch {
      await new Promise((settle) => setTimeout(settle, 200));
    }
  }
  throw new Error(`It did not answer within ${START_MS / 1_000} seconds.`);
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((settle) => server.once('listening', settle));
  const { port } = server.address();
  await new Promise((settle) => server.close(settle));
  return port;
}

async function commit(app, message) {
  await run(app, 'git', ['add', '--all']);
  const author = ['-c', 'user.name=consumer', '-c', 'user.email=consumer@example.com'];
  await run(app, 'git', [...author, 'commit', '--quiet', '--message', message]);
}

const changes = (app) => run(app, 'git', ['status', '--porcelain']);

/** What it printed. Neither the variables of an npm around us nor a secret of ours reach it. */
async function run(cwd, command, args, variables) {
  const env = environmentOf({ CI: 'true', npm_config_audit: 'false', ...variables });
  try {
    const { stdout } = await exec(command, args, { cwd, env, maxBuffer: 2 ** 26 });
    return stdout;
  } catch (error) {
    const what = [command, ...args].join(' ');
    throw new Error(`${what} failed:\n${error.stdout}\n${error.stderr}`, { cause: error });
  }
}

/** What would decide something in the project that it must decide itself. */
const FOREIGN = /^(npm_|TEMPID_|NODE_ENV$|NODE_OPTIONS$)/i;

function environmentOf(variables) {
  const own = Object.entries(process.env).filter(([name]) => !FOREIGN.test(name));
  const given = Object.entries(variables).filter(([, value]) => value !== undefined);
  return Object.fromEntries([...own, ...given]);
}

if (resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      packed: { type: 'string' },
      nest: { type: 'string', default: '12' },
      store: { type: 'string', multiple: true, default: ['memory'] },
    },
  });
  const { packed, nest, store: stores } = values;
  if (packed === undefined) {
    console.error(
      'usage: node scripts/consumers/nest-add.mjs --packed <file> [--nest 11|12] [--store memory|typeorm|redis]...',
    );
    process.exit(2);
  }
  const redisUrl = process.env['TEST_REDIS_URL'] || undefined;
  await checkNestAdd({ packed: resolve(packed), nest: Number(nest), stores, redisUrl });
}

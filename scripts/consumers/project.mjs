// What a project of a user is made of, run and asked by. Each project stands in a temporary folder of its own.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

const exec = promisify(execFile);

/** Its own address for the package: `nest add` gives npm what stands behind the `@`. */
export const PACKED = 'nestjs-tempid.tgz';

const GITIGNORE = `node_modules\ndist\n*.tsbuildinfo\n${PACKED}\n`;
const START_MS = 60_000;

/** A project as `nest new` makes it, by Nest's program of the version that is named, with the packed package. */
export async function newProject(folder, packed, ...cliPackages) {
  const cli = join(folder, 'cli');
  await mkdir(cli);
  await writeFile(join(cli, 'package.json'), '{ "private": true }');
  await run(cli, 'npm', ['install', ...cliPackages]);
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
  await cp(packed, join(app, PACKED));
  await run(app, 'npm', ['install', `./${PACKED}`]);
  await commit(app, 'a new project with the package');
  return app;
}

/** A token is used once; one that was minted before a restart works after it, so the secret is that of .env. */
export async function checkExample(app, how = {}) {
  const kept = await started(app, how, async (example) => {
    const token = await mint(example);
    assert.deepEqual(await use(example, token), [200, { joined: 'Night Owls' }]);
    const [status, { code }] = await use(example, token);
    assert.deepEqual([status, code], [401, 'TEMPID_EXHAUSTED']);
    return mint(example);
  });
  await started(app, how, async (example) => {
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

/** Runs a program of an application while `ask` asks its example. */
async function started(app, { program = 'dist/main.js', variables = {} }, ask) {
  const port = await freePort();
  const env = environmentOf({ ...variables, PORT: String(port) });
  const server = spawn(process.execPath, [program], { cwd: app, env });
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

export async function commit(app, message) {
  await run(app, 'git', ['add', '--all']);
  const author = ['-c', 'user.name=consumer', '-c', 'user.email=consumer@example.com'];
  await run(app, 'git', [...author, 'commit', '--quiet', '--message', message]);
}

/** What it printed. Neither the variables of an npm around us nor a secret of ours reach it. */
export async function run(cwd, command, args, variables) {
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

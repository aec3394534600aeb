import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkExample, commit, PACKED, run } from './project.mjs';

const LIBRARY = `nestjs-tempid@file:${PACKED}`;

/**
 * Runs `nest add nestjs-tempid` in a project, then its tests, its linter and its build, starts it and asks the example
 * by HTTP. The project stays as that leaves it.
 *
 * @param {string} app the folder of the project, as `newProject` makes it
 * @param {'memory' | 'typeorm' | 'redis'} store
 * @throws where a step fails, with what it printed
 */
export async function checkNestAdd(app, store, redisUrl) {
  const variables = { REDIS_URL: redisUrl };
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
    await run(app, 'npm', ['run', script], variables);
  }
  await checkExample(app, { variables });

  await add(LIBRARY);
  assert.equal(await changes(app), '', 'a second nest add changes nothing');
  assert.equal(await readFile(join(app, '.env'), 'utf8'), environment);
}

const changes = (app) => run(app, 'git', ['status', '--porcelain']);

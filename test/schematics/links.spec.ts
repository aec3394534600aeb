import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { filesOf, project } from './project.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nest-add-'));
  for (const [path, text] of Object.entries(filesOf(project()))) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
});

afterEach(() => rmSync(folder, { recursive: true }));

/** As Nest's CLI does it: on the disk, in the folder of the project. */
const RUN = `
  const { NodeWorkflow } = require(${JSON.stringify(resolve('node_modules/@angular-devkit/schematics/tools'))});
  const collection = ${JSON.stringify(resolve('dist/schematics/collection.json'))};
  const options = { store: 'memory', example: true, skipInstall: true, sourceRoot: 'src' };
  new NodeWorkflow(process.cwd(), {})
    .execute({ collection, schematic: 'nest-add', options })
    .subscribe({ error: (error) => { throw error; } });
`;

it('nest add comes to an end where links in src lead back up', () => {
  mkdirSync(join(folder, 'src/a'));
  for (const name of ['up1', 'up2']) symlinkSync('..', join(folder, 'src/a', name), 'dir');
  const { status, stderr } = spawnSync(process.execPath, ['-e', RUN], {
    cwd: folder,
    timeout: 20_000,
    killSignal: 'SIGKILL',
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(readFileSync(join(folder, 'src/app.module.ts'), 'utf8')).toContain('TempIDModule');
});

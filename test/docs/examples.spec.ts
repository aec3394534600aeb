import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, describe, expect, it, jest } from '@jest/globals';
import { type INestApplicationContext, Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { describeWith } from '../support/services.js';
import { DRIVERS } from './drivers/index.js';
import { assertClaims } from './support/claims.js';
import { compile, type Example } from './support/compile.js';
import { openEnvironment, serverFor } from './support/environment.js';
import { blocksOf, PAGES } from './support/pages.js';
import { run, type Running, titleOf } from './support/run.js';

/** Pages whose examples are not complete yet. */
const UNFINISHED = new Set([
  'docs/codes.md',
  'docs/coming-from.md',
  'docs/jwt.md',
  'docs/keys.md',
  'docs/kinds.md',
  'docs/revocation.md',
  'docs/stores.md',
  'docs/transports.md',
]);

/** Every block says what it is, so that no TypeScript goes by another name and is not compiled. */
const LANGUAGES = new Set(['ts', 'js', 'sh', 'json', 'sql', 'text', 'mermaid']);

const root = resolve('.');
mkdirSync('.examples', { recursive: true });
const folder = mkdtempSync(resolve('.examples/run-'));
const blocks = PAGES.filter((page) => !UNFINISHED.has(page)).flatMap(blocksOf);
const { examples, claims, errors } = compile(
  blocks.filter(({ language }) => language === 'ts'),
  folder,
);
const environment = await openEnvironment();
// What an example writes, such as its SQLite file, goes with the folder.
process.chdir(folder);

const asserted = assertClaims(claims);

/** Applications that an example or its driver starts, and that nobody has closed. */
const applications = new Set<INestApplicationContext>();
for (const method of ['create', 'createApplicationContext', 'createMicroservice'] as const) {
  const create = NestFactory[method].bind(NestFactory) as (...args: unknown[]) => Promise<never>;
  jest.spyOn(NestFactory, method).mockImplementation(async (...args: unknown[]) => {
    const application: INestApplicationContext = await create(...args);
    applications.add(application);
    return application as never;
  });
}
Logger.overrideLogger(false);
jest.spyOn(console, 'log').mockReturnValue();

afterAll(async () => {
  process.chdir(root);
  await environment.close();
  rmSync(folder, { recursive: true });
  jest.restoreAllMocks();
});

describe('the examples of all pages', () => {
  it('are in blocks that say which language they are in', () => {
    const others = blocks.filter(({ language }) => !LANGUAGES.has(language));
    expect(others.map(({ page, line, language }) => `${page}:${line} '${language}'`)).toEqual([]);
  });

  it('compile as they stand, in a strict project', () => {
    expect(errors).toEqual([]);
  });

  it('are all there of which a driver knows', () => {
    const driven = Object.entries(DRIVERS).flatMap(([page, files]) =>
      Object.keys(files).map((file) => `${page} ${file}`),
    );
    const names = examples.map(({ page, file }) => `${page} ${file}`);
    expect(names).toEqual(expect.arrayContaining(driven));
  });
});

const isSuite = ({ file }: Example) => file.endsWith('.spec.ts');
const codeOf = ({ code, imports }: Example): string =>
  [code, ...examples.filter(({ module }) => imports.includes(module)).map(codeOf)].join('\n');

for (const example of examples.filter((one) => !isSuite(one))) {
  const title = `${example.page} ${titleOf(example)}`;
  const suite = () => {
    describeExample(example);
  };
  const server = serverFor(codeOf(example));
  describeWith(server ? server.url : 'no server', `the example ${title}`, suite);
}

function describeExample(example: Example): void {
  let running: Running | undefined;
  const questions = Object.entries(DRIVERS[example.page]?.[example.file] ?? {});

  afterAll(async () => {
    await Promise.all([...applications].map((application) => application.close()));
    applications.clear();
  });

  it('runs', async () => {
    running = await run(example);
    expect(running.exports).toBeDefined();
  });

  if (questions.length === 0) return;
  it.each(questions)('%s', async (_, ask) => {
    expect.hasAssertions();
    await ask(running ?? (await run(example)));
  });
}

// Suites of examples add tests of their own.
for (const example of examples.filter(isSuite)) await import(example.module);

describe('what the examples claim in comments', () => {
  it('is all asserted', () => {
    const others = claims.filter((claim) => !asserted.has(claim));
    expect(others.map(({ file, text }) => `${file} ${text}`)).toEqual([]);
  });
});

// Loads the package as an ES module and as CommonJS in one process, in the order that it is told, and uses both.
import 'reflect-metadata';
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { Controller, Get, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

const ENTRIES = ['index', 'config', 'typeorm', 'redis', 'mongodb', 'jwt', 'testing'];
const require = createRequire(import.meta.url);
const load = {
  esm: (entry) => import(`../../../dist/${entry}.js`),
  cjs: (entry) => require(`../../../dist/${entry}.cjs`),
};
const order = process.argv.slice(2);
const copies = [];
for (const form of order) {
  const entries = {};
  for (const entry of ENTRIES) entries[entry] = await load[form](entry);
  copies.push(entries);
}
const [first, second] = copies;
assert.ok(Reflect.get(require('../../../dist/index.cjs'), '__esModule'), 'Jest mocks all of it');

const isClass = (value) => typeof value === 'function' && /^class\b/.test(String(value));
const classesOf = (entry) => Object.entries(entry).filter(([, value]) => isClass(value));
const differing = ENTRIES.flatMap((entry) =>
  classesOf(first[entry])
    .filter(([name, own]) => second[entry][name] !== own)
    .map(([name]) => name),
);
assert.notEqual(first.index.defineTempID, second.index.defineTempID, 'there are two copies');
// What nobody asks for by its identity, and TypeORM knows migrations by their names.
assert.deepEqual(
  differing.filter((name) => !name.startsWith('CreateTempID')),
  [],
);

/** What a library would bring that loads the other copy: a kind, and a controller with its decorators. */
function featureOf({ index }, path) {
  const kind = index.defineTempID({ purpose: path, expiresIn: '5m', maxUses: 1 });
  class FeatureController {
    constructor(tempid) {
      this.tempid = tempid;
    }
    async mint() {
      return String(await this.tempid.mint(kind, { path }));
    }
    use(payload, token) {
      return { payload, isTempID: token instanceof index.TempID };
    }
    async fail() {
      await this.tempid.useOrThrow('garbage');
    }
  }
  Controller(path)(FeatureController);
  Reflect.defineMetadata('design:paramtypes', [index.TempIDService], FeatureController);
  const handler = (name) => Object.getOwnPropertyDescriptor(FeatureController.prototype, name);
  const decorate = (name, ...decorators) => {
    for (const each of decorators) each(FeatureController.prototype, name, handler(name));
  };
  decorate('mint', Get('mint'));
  decorate('fail', Get('fail'));
  decorate('use', Post('use'), index.UseTempID(kind, { consume: 'on-success' }));
  index.TokenPayload()(FeatureController.prototype, 'use', 0);
  index.CurrentTempID()(FeatureController.prototype, 'use', 1);
  return { kind, FeatureController };
}

const features = copies.map((copy, place) => featureOf(copy, `feature-${place}`));

class AppModule {}
Module({
  imports: [
    first.index.TempIDModule.forRoot({ secret: 'a secret of the tests that is long enough' }),
    second.index.TempIDModule.forFeature(features.map(({ kind }) => kind)),
  ],
  controllers: features.map(({ FeatureController }) => FeatureController),
})(AppModule);

const app = await NestFactory.create(AppModule, { logger: ['error'] });
await app.listen(0, '127.0.0.1');
const address = await app.getUrl();

for (const place of features.keys()) {
  const path = `${address}/feature-${place}`;
  const token = await (await fetch(`${path}/mint`)).text();
  const use = () => fetch(`${path}/use?token=${token}`, { method: 'POST' });
  const used = await use();
  assert.deepEqual(await used.json(), { payload: { path: `feature-${place}` }, isTempID: true });
  const again = await use();
  assert.deepEqual([again.status, (await again.json()).code], [401, 'TEMPID_EXHAUSTED']);
  const failed = await fetch(`${path}/fail`);
  assert.deepEqual([failed.status, (await failed.json()).code], [401, 'TEMPID_FORMAT']);
}

const tempid = app.get(second.index.TempIDService);
const error = await tempid.verifyOrThrow('garbage').catch((reason) => reason);
for (const { index } of copies) {
  assert.ok(error instanceof index.TempIDError);
  assert.ok(error instanceof index.TempIDFormatError);
  assert.ok(!(error instanceof index.TempIDExpiredError));
}
await app.close();

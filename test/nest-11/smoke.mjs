// Runs the packed package as a user of Nest 11 does: Node itself imports it, and it imports Nest.
import 'reflect-metadata';
import assert from 'node:assert/strict';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TempIDModule, TempIDService, TokenPayload, UseTempID } from 'nestjs-tempid';
import { tempidConfig } from 'nestjs-tempid/config';
import { jws, TempIDJwksController } from 'nestjs-tempid/jwt';
import { RedisTempIDStore } from 'nestjs-tempid/redis';
import { TypeOrmTempIDStore } from 'nestjs-tempid/typeorm';

class ReadController {
  read(payload) {
    return payload;
  }
}
const handler = Object.getOwnPropertyDescriptor(ReadController.prototype, 'read');
Controller()(ReadController);
Get('read')(ReadController.prototype, 'read', handler);
UseTempID(true)(ReadController.prototype, 'read', handler);
TokenPayload()(ReadController.prototype, 'read', 0);

class AppModule {}
Module({
  imports: [TempIDModule.forRootAsync(tempidConfig.asProvider())],
  controllers: [ReadController],
})(AppModule);

process.env.TEMPID_SECRET = 'a secret of the tests that is long enough';
const app = await NestFactory.create(AppModule, { logger: ['error'] });
await app.listen(0, '127.0.0.1');
const token = await app.get(TempIDService).mint({ maxUses: 1, payload: { userId: 42 } });
const address = `${await app.getUrl()}/read?token=${token}`;

const first = await fetch(address);
assert.deepEqual([first.status, await first.json()], [200, { userId: 42 }]);
const second = await fetch(address);
assert.deepEqual([second.status, (await second.json()).code], [401, 'TEMPID_EXHAUSTED']);
for (const named of [RedisTempIDStore, TypeOrmTempIDStore, jws, TempIDJwksController]) {
  assert.equal(typeof named, 'function');
}
await app.close();
console.log(`nestjs-tempid works with Nest 11.`);

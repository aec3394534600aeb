// Minting, verifying and using a token without a subscriber of its events and with one: npm run bench:events
import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { NestFactory } from '@nestjs/core';
import { TempIDEvents, TempIDModule, TempIDService } from 'nestjs-tempid';
import { compare, report } from './measure.mjs';

const secret = randomBytes(32);
const PURPOSE = 'password-reset';

async function start() {
  const imports = [TempIDModule.forRoot({ secret })];
  const app = await NestFactory.createApplicationContext(
    { module: class {}, imports },
    { logger: false },
  );
  const tempid = app.get(TempIDService);
  const { value } = await tempid.mint({ purpose: PURPOSE, payload: { userId: 42 } });
  return { app, tempid, value };
}

const [unheard, heard] = [await start(), await start()];
let count = 0;
heard.app.get(TempIDEvents).subscribe(() => count++);

const calls = ({ tempid, value }) => ({
  mint: () => tempid.mint({ purpose: PURPOSE, payload: { userId: 42 } }),
  verify: () => tempid.verify(value, { purpose: PURPOSE }),
  use: () => tempid.use(value, { purpose: PURPOSE }),
  garbage: () => tempid.verify('garbage', { purpose: PURPOSE }),
});
const contestants = {};
for (const [name, call] of Object.entries(calls(unheard))) contestants[name] = call;
for (const [name, call] of Object.entries(calls(heard))) contestants[`${name}Heard`] = call;
const times = await compare(contestants);
for (const name of ['mint', 'verify', 'use', 'garbage']) {
  report(`${name}: without a subscriber`, times[name], times[name], 'without');
  report(`${name}: with one`, times[`${name}Heard`], times[name], 'without');
}
for (const { app } of [unheard, heard]) await app.close();
console.log(`\n${count} events`);

// One use of a token, with 1,000 and with 1,000,000 live counts in the memory store: npm run bench:memory
import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { NestFactory } from '@nestjs/core';
import { MemoryTempIDStore, TempIDModule, TempIDService, TempIDStore } from 'nestjs-tempid';
import { compare, report } from './measure.mjs';

const FEW = 1_000;
const MANY = 1_000_000;
const LIMIT = 2_147_483_646;
/** Uses are spread over so many of the live tokens: a test of one token would find it in the processor's cache. */
const TOUCHED = 500;

class BenchModule {}

async function open(live) {
  const context = await NestFactory.createApplicationContext(
    {
      module: BenchModule,
      imports: [TempIDModule.forRoot({ secret: randomBytes(32), store: MemoryTempIDStore })],
    },
    { logger: false },
  );
  const tempid = context.get(TempIDService);
  const store = context.get(TempIDStore);
  const keepUntil = (index) => new Date(Date.now() + 3_600_000 + (index % 86_400) * 1_000);
  const tokens = [];
  for (let index = 0; index < live; index++) {
    if (index % (live / TOUCHED) === 0) {
      const token = await tempid.mint({ maxUses: LIMIT, expiresIn: '1d' });
      tokens.push(token);
      await tempid.use(token);
    } else {
      await store.consume(randomBytes(24).toString('base64url'), 5, keepUntil(index));
    }
  }
  return { context, tempid, store, tokens };
}

const few = await open(FEW);
const many = await open(MANY);
console.log(`${few.store.size} and ${many.store.size} live counts\n`);

const use =
  ({ tempid, tokens }) =>
  (index) =>
    tempid.use(tokens[index % TOUCHED].value);
const consume = ({ store, tokens }) => {
  const keepUntil = new Date(Date.now() + 3_600_000);
  return (index) => store.consume(tokens[index % TOUCHED].id, LIMIT, keepUntil);
};
const times = await compare({
  useFew: use(few),
  useMany: use(many),
  consumeFew: consume(few),
  consumeMany: consume(many),
});
report('one use, 1,000 live counts', times.useFew, times.useFew, 'that with 1,000');
report('one use, 1,000,000 live counts', times.useMany, times.useFew, 'that with 1,000');
report('the store alone, 1,000', times.consumeFew, times.consumeFew, 'that with 1,000');
report('the store alone, 1,000,000', times.consumeMany, times.consumeFew, 'that with 1,000');
await few.context.close();
await many.context.close();

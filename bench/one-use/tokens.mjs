import { randomBytes } from 'node:crypto';
import { NestFactory } from '@nestjs/core';
import { TempIDModule, TempIDService, TempIDStore } from 'nestjs-tempid';

/** Uses are spread over so many of the live tokens: a test of one would find it in every cache. */
const TOUCHED = 500;
export const LIMIT = 2_147_483_646;
export const KEEP_UNTIL = new Date(Date.now() + 90_000_000);

class BenchModule {}

/** A real application with the store; its calls use one of the tokens each, by its number. */
export async function openApplication(store, imports = []) {
  const context = await NestFactory.createApplicationContext(
    {
      module: BenchModule,
      imports: [
        ...imports,
        TempIDModule.forRoot({ secret: randomBytes(32), store, storeTimeout: '1m' }),
      ],
    },
    { logger: ['error'] },
  );
  const tempid = context.get(TempIDService);
  const counts = context.get(TempIDStore);
  const mint = async (whose) => {
    const tokens = [];
    for (let index = 0; index < TOUCHED; index++) {
      const options = { maxUses: LIMIT, expiresIn: '1d', ...whose(index) };
      const token = await tempid.mint(options);
      await tempid.use(token);
      tokens.push(token);
    }
    return tokens;
  };
  const tokens = await mint(() => ({}));
  const revocable = await mint((index) => ({ purpose: 'bench', subject: `subject ${index}` }));
  const tokenOf = (index) => tokens[index % TOUCHED];
  return {
    context,
    idOf: (index) => tokenOf(index).id,
    use: (index) => tempid.use(tokenOf(index).value),
    useRevocable: (index) => tempid.use(revocable[index % TOUCHED].value, { purpose: 'bench' }),
    consume: (index) => counts.consume(tokenOf(index).id, LIMIT, KEEP_UNTIL),
  };
}

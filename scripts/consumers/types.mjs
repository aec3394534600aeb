import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './project.mjs';

/** What each entry is imported for, declared so that the compiler must name its types. */
const SOURCE = `
import { Injectable } from '@nestjs/common';
import { defineTempID, TempID, TempIDError, TempIDModule, TempIDService, UseTempID, fromHeader, type PayloadOf } from 'nestjs-tempid';
import { tempidConfig } from 'nestjs-tempid/config';
import { jwe, jws } from 'nestjs-tempid/jwt';
import { MongoTempIDStore } from 'nestjs-tempid/mongodb';
import { RedisTempIDStore } from 'nestjs-tempid/redis';
import { admitTempID, storeContract } from 'nestjs-tempid/testing';
import { TempIDUse, TypeOrmTempIDStore } from 'nestjs-tempid/typeorm';

export const Invite = defineTempID<{ team: string }>({ purpose: 'invite', expiresIn: '7d', maxUses: 50 });
export const root = TempIDModule.forRootAsync({ ...tempidConfig.asProvider(), store: TypeOrmTempIDStore });
export const signed = TempIDModule.forRoot({ formats: [jws(), jwe()], store: RedisTempIDStore.register({ url: '' }) });
export const guarded = UseTempID(Invite, { extract: fromHeader('x-invite'), consume: 'on-success' });
export const admitted = admitTempID({ payload: { userId: 7 } });
export const others = [TempIDUse, MongoTempIDStore, storeContract];

@Injectable()
export class Invites {
  constructor(readonly tempid: TempIDService) {}

  async teamOf(text: string) {
    const token = await this.tempid.verifyOrThrow(text, Invite).catch((error: unknown) => {
      if (error instanceof TempIDError) return error.code;
      throw error;
    });
    const payload: PayloadOf<typeof Invite> | null = token instanceof TempID ? token.payload : null;
    return payload?.team;
  }
}
`;

const PEERS = ['typeorm', 'ioredis@5', 'mongodb', 'jose', 'rxjs', 'reflect-metadata'];

/**
 * Checks the types of every entry as TypeScript finds them, with `strict`, `declaration` and without `skipLibCheck`.
 * What is wrong in the declarations of other packages is not this package's.
 */
export async function checkTypes(app, settings, peers) {
  await run(app, 'npm', ['install', '--no-save', '--ignore-scripts', ...PEERS, ...peers]);
  const folder = join(app, 'types-of-tempid');
  for (const [module, moduleResolution] of settings) {
    await mkdir(folder);
    await writeFile(join(folder, 'uses.ts'), SOURCE);
    const compilerOptions = {
      module,
      moduleResolution,
      target: 'ES2023',
      lib: ['ES2023'],
      types: ['node'],
      outDir: 'out',
      strict: true,
      skipLibCheck: false,
      declaration: true,
      esModuleInterop: true,
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
    };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
    const printed = await run(app, 'npx', ['tsc', '-p', folder, '--pretty', 'false']).catch(
      ({ message }) => message,
    );
    const wrong = printed
      .split('\n')
      .filter((line) => /^(types-of-|.*nestjs-tempid\/).*error/.test(line));
    if (wrong.length > 0) throw new Error(`${module}, ${moduleResolution}:\n${wrong.join('\n')}`);
    await rm(folder, { recursive: true });
  }
}

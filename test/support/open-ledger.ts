import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule, type TypeOrmModuleOptions } from '@nestjs/typeorm';
import { TempIDLedger, type TempIDLedgerOption, TempIDModule } from '../../src/index.js';
import type { OpenedLedger } from '../../src/testing/index.js';
import { SECRET } from './secrets.js';

@Module({})
class Root {}

/** The ledger of a real module, with the connections that the application has beside it. */
export async function openLedger(
  ledger: TempIDLedgerOption,
  ...connections: TypeOrmModuleOptions[]
): Promise<OpenedLedger> {
  const imports = [
    ...connections.map((connection) => TypeOrmModule.forRoot(connection)),
    TempIDModule.forRoot({ secret: SECRET, ledger, purgeInterval: false }),
  ];
  const context = await NestFactory.createApplicationContext(
    { module: Root, imports },
    { logger: ['error'], abortOnError: false },
  );
  return { ledger: context.get(TempIDLedger), close: () => context.close() };
}

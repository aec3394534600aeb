import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule, type TypeOrmModuleOptions } from '@nestjs/typeorm';
import {
  type CountChanges,
  type ScopeRevocations,
  TempIDModule,
  TempIDStore,
  type TempIDStoreOption,
  type UsedByStore,
} from '../../src/index.js';
import type { OpenedStore } from '../../src/testing/index.js';
import { SECRET } from './secrets.js';

@Module({})
class Root {}

/** A store of ours: it has all parts that a store may lack. */
export type FullStore = TempIDStore & ScopeRevocations & UsedByStore & CountChanges;

/** The store of a real module, with the connections that the application has beside it. */
export async function openStore(
  store: TempIDStoreOption,
  ...connections: TypeOrmModuleOptions[]
): Promise<OpenedStore<FullStore>> {
  const imports = [
    ...connections.map((connection) => TypeOrmModule.forRoot(connection)),
    TempIDModule.forRoot({ secret: SECRET, store, purgeInterval: false }),
  ];
  const context = await NestFactory.createApplicationContext(
    { module: Root, imports },
    { logger: ['error'], abortOnError: false },
  );
  return { store: context.get<FullStore>(TempIDStore), close: () => context.close() };
}

import { NestFactory } from '@nestjs/core';
import { TempIDModule, TempIDService } from 'nestjs-tempid';
import { registrationOf } from './registration.mjs';

/** The service of a real application whose uses are counted where `connection` says. */
export async function openApplication({ connection, secret, storeTimeout, synchronize, by }) {
  const { store, imports = [] } = await registrationOf(connection, { synchronize, by });
  const module = TempIDModule.forRoot({ secret, store, storeTimeout, purgeInterval: false });
  const context = await NestFactory.createApplicationContext(
    { ...module, imports: [...module.imports, ...imports] },
    // A killed server would fill the terminal; why uses were lost is said at the end.
    { logger: false, abortOnError: false },
  );
  return context.get(TempIDService);
}

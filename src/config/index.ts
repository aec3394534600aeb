import { registerAs } from '@nestjs/config';
import { resolveOptions, type TempIDModuleOptions } from './options.js';
import { optionsFromEnvironment } from './environment.js';

/**
 * The namespace `tempid` of `@nestjs/config`: the module's options from the environment, validated.
 *
 * @throws TempIDConfigurationError for a variable that is wrong, by its name
 * @example
 * TempIDModule.forRootAsync({ ...tempidConfig.asProvider(), store: TypeOrmTempIDStore })
 */
export const tempidConfig = registerAs('tempid', (): TempIDModuleOptions => {
  const options = optionsFromEnvironment(process.env);
  resolveOptions(options);
  return options;
});

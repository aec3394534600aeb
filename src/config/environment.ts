import { TempIDConfigurationError } from '../common/errors.js';
import { resolveSecrets } from '../keys/secrets.js';
import { resolveOptions, type TempIDModuleOptions } from './options.js';

/** Each variable, and the option that it stands for. */
const VARIABLES = {
  TEMPID_SECRET: { option: 'secret', read: (text: string) => text },
  TEMPID_FORMAT: { option: 'format', read: (text: string) => text },
  TEMPID_ACCEPT: { option: 'accept', read: (text: string) => text.split(',').map((s) => s.trim()) },
  TEMPID_ISSUER: { option: 'issuer', read: (text: string) => text },
  TEMPID_AUDIENCE: { option: 'audience', read: (text: string) => text },
  TEMPID_LEEWAY: { option: 'leeway', read: (text: string) => text },
  TEMPID_EXPIRES_IN: { option: 'expiresIn', read: (text: string) => text },
  TEMPID_MAX_PAYLOAD_BYTES: { option: 'maxPayloadBytes', read: Number },
  TEMPID_PURGE_INTERVAL: {
    option: 'purgeInterval',
    read: (text: string) => (text === 'false' ? false : text),
  },
  TEMPID_STORE_TIMEOUT: { option: 'storeTimeout', read: (text: string) => text },
  TEMPID_REVOCATION: { option: 'revocation', read: (text: string) => text },
  TEMPID_REVOCATION_CACHE_TTL: { option: 'revocationCacheTtl', read: (text: string) => text },
  TEMPID_KEEP_ISSUED: { option: 'keepIssued', read: (text: string) => text },
  TEMPID_MAX_LIFETIME: { option: 'maxLifetime', read: (text: string) => text },
} as const satisfies Record<
  string,
  { option: keyof TempIDModuleOptions; read: (text: string) => unknown }
>;

/**
 * The options that an environment gives. A variable that is missing or empty leaves the default.
 *
 * @throws {@link TempIDConfigurationError} for the first variable that is wrong, by its name
 */
export function optionsFromEnvironment(environment: NodeJS.ProcessEnv): TempIDModuleOptions {
  const options: Record<string, unknown> = {};
  for (const [name, { option, read }] of Object.entries(VARIABLES)) {
    const text = environment[name];
    if (text === undefined || text.trim() === '') continue;
    // White space is a part of a secret, and of nothing else.
    options[option] = read(option === 'secret' ? text : text.trim());
    namingVariable(name, () => resolveOptions(options));
  }
  namingVariable('TEMPID_SECRET', () => resolveSecrets(options.secret as string, environment));
  return options;
}

function namingVariable(name: string, validate: () => unknown): void {
  try {
    validate();
  } catch (error) {
    if (!(error instanceof TempIDConfigurationError)) throw error;
    throw new TempIDConfigurationError(`${name}: ${error.message}`);
  }
}

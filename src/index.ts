export type { JsonObject, JsonValue } from './claims.js';
export type { TempIDFormat } from './codecs/index.js';
export { CurrentTempID } from './decorators/current-tempid.decorator.js';
export { TokenPayload } from './decorators/token-payload.decorator.js';
export { UseTempID } from './decorators/use-tempid.decorator.js';
export type { Duration } from './duration.js';
export * from './errors.js';
export {
  fromBearer,
  fromBody,
  fromHeader,
  fromParam,
  fromQuery,
  type TempIDExtractor,
  type TempIDRequest,
} from './guards/extract.js';
export { TempIDUnauthorizedException, TempIDUnavailableException } from './guards/tempid.exceptions.js';
export { TempIDGuard } from './guards/tempid.guard.js';
export type { UseTempIDOptions } from './guards/use-tempid.options.js';
export type { SecretOption } from './keyring/secrets.js';
export type { MintOptions } from './mint-options.js';
export type { ResolvedOptions, TempIDModuleOptions } from './options.js';
export { MemoryTempIDStore } from './stores/memory-tempid.store.js';
export {
  type AsyncStoreOptions,
  type ConsumeOptions,
  type ConsumeResult,
  REVOKED_COUNT,
  TempIDStore,
  type TempIDStoreOption,
  type TempIDStoreRegistration,
} from './stores/tempid-store.js';
export { TempID } from './tempid.js';
export { TempIDModule } from './tempid.module.js';
export {
  TEMPID_OPTIONS,
  type TempIDModuleExtras,
  type TempIDOptionsFactory,
} from './tempid.module-definition.js';
export { TempIDService } from './tempid.service.js';
export type { UsesInfo } from './use-counter.js';
export type { UseOptions, VerifyOptions } from './verify-options.js';

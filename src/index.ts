// What an application names. Each name stands in docs/api.md.
export type {
  AttemptsInfo,
  MintCodeOptions,
  MintedCode,
  VerifyCodeOptions,
} from './codes/code-options.js';
export type { Duration } from './common/duration.js';
export * from './common/errors.js';
export type { TempIDOptionsFactory } from './config/module-definition.js';
export type { TempIDModuleOptions } from './config/options.js';
export { BrowserKey, EnsureBrowserKey } from './decorators/browser-key.decorator.js';
export { CurrentTempID, TokenPayload } from './decorators/current-tempid.decorator.js';
export { TempIDLink } from './decorators/tempid-link.decorator.js';
export { UseTempIDCode } from './decorators/use-tempid-code.decorator.js';
export { UseTempID } from './decorators/use-tempid.decorator.js';
export type { TempIDEvent } from './events/tempid-event.js';
export { TempIDEvents } from './events/tempid-events.js';
export type { TempIDWireFormat } from './formats/codec.js';
export type { JwksDocument } from './formats/public-jwk.js';
export { TempIDCodeGuard } from './guards/tempid-code.guard.js';
export { TempIDExceptionFilter } from './guards/tempid-exception.filter.js';
export { TempIDLinkGuard } from './guards/tempid-link.guard.js';
export { type Admission, TempIDGuard } from './guards/tempid.guard.js';
export type { KeyReport } from './keys/rotating-key.js';
export type { SecretProvider } from './keys/secret-provider.js';
export type { SecretOption } from './keys/secrets.js';
export { defineTempID } from './kinds/define-tempid.js';
export type { BoundToken, TempIDBinding } from './kinds/tempid-binding.js';
export {
  type AnyTempIDKind,
  type PayloadInputOf,
  type PayloadOf,
  TempIDKind,
  type TempIDOf,
} from './kinds/tempid-kind.js';
export type { TempIDLinkOptions } from './links/link-options.js';
export { LinkPageException } from './links/link.exceptions.js';
export type { IssuedTempID, IssuedTempIDState } from './operations/issued-tempid.js';
export type { IssuedList } from './operations/issued-tokens.js';
export type { ListOptions } from './operations/list-options.js';
export type { ExtendOptions } from './operations/token-extensions.js';
export type { MintOptions } from './operations/mint-options.js';
export type { RenewOptions } from './operations/token-renewer.js';
export type { UsesInfo } from './operations/use-counter.js';
export type { UsedByOptions, UsedByPage } from './operations/used-by.js';
export type { UseOptions, VerifyOptions } from './operations/verify-options.js';
export type { LinkPageOptions } from './pages/link-page-options.js';
export type { LinkPage } from './pages/link-page.js';
export type { LinkTexts } from './pages/link-texts.js';
export type { TempIDCodeRoute, UseTempIDCodeOptions } from './codes/code-route-options.js';
export {
  TempIDConflictException,
  TempIDForbiddenException,
  TempIDNotFoundException,
  TempIDUnauthorizedException,
  TempIDUnavailableException,
} from './requests/exceptions.js';
export {
  fromBearer,
  fromBody,
  fromCookie,
  fromHeader,
  fromParam,
  fromQuery,
  type TempIDExtractor,
  type TempIDRequest,
} from './requests/extractors.js';
export { PrefetchException } from './requests/prefetch.js';
export type { TempIDRoute, UseTempIDOptions } from './requests/route-options.js';
export { MemoryTempIDLedger } from './ledger/memory-tempid.ledger.js';
export {
  type IssuedFilter,
  type IssuedKey,
  type IssuedPage,
  type IssuedRow,
  type LedgerOptions,
  TempIDLedger,
  type TempIDLedgerOption,
  type TempIDLedgerRegistration,
} from './ledger/tempid-ledger.js';
export type { CountChanges } from './stores/count-changes.js';
export { MemoryTempIDStore } from './stores/memory-tempid.store.js';
export type { ScopeRevocation, ScopeRevocations } from './stores/scope-revocations.js';
export {
  type ConsumeOptions,
  type ConsumeResult,
  type Issuance,
  REVOKED_COUNT,
  TempIDStore,
  type TempIDStoreOption,
  type TempIDStoreRegistration,
} from './stores/tempid-store.js';
export type { UsedBy, UsedByStore } from './stores/used-by.js';
export { TempIDModule } from './tempid.module.js';
export { TempIDService } from './tempid.service.js';
export type { JsonObject, JsonValue } from './token/claims.js';
export { TempID } from './token/tempid.js';
export type { UnverifiedTempID } from './token/unverified-tempid.js';

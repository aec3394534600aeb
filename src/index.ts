export type { JsonObject, JsonValue } from './token/claims.js';
export type { TempIDWireFormat } from './formats/codec.js';
export type { JwksDocument, PublicJwk } from './formats/public-jwk.js';
export type { TempIDFormat, TempIDMintFormat } from './formats/index.js';
export type { CodeAlphabet } from './codes/alphabet.js';
export type { CodeShapeOptions } from './codes/code-shape.js';
export type { MintCodeOptions, MintedCode } from './codes/mint-code-options.js';
export type {
  AttemptWindow,
  KindVerifyCodeOptions,
  VerifyCodeOptions,
} from './codes/verify-code-options.js';
export { BrowserKey } from './decorators/browser-key.decorator.js';
export { CurrentTempID } from './decorators/current-tempid.decorator.js';
export { EnsureBrowserKey } from './decorators/ensure-browser-key.decorator.js';
export { TempIDLink } from './decorators/tempid-link.decorator.js';
export { TokenPayload } from './decorators/token-payload.decorator.js';
export { UseTempIDCode } from './decorators/use-tempid-code.decorator.js';
export { UseTempID } from './decorators/use-tempid.decorator.js';
export type { Duration } from './common/duration.js';
export * from './common/errors.js';
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
export {
  TempIDForbiddenException,
  TempIDUnauthorizedException,
  TempIDUnavailableException,
} from './requests/exceptions.js';
export { TempIDExceptionFilter } from './guards/tempid-exception.filter.js';
export { TempIDCodeGuard } from './guards/tempid-code.guard.js';
export { type Admission, TempIDGuard } from './guards/tempid.guard.js';
export { TempIDLinkGuard } from './guards/tempid-link.guard.js';
export type {
  TempIDCodeRoute,
  UseTempIDCodeKindOptions,
  UseTempIDCodeOptions,
} from './codes/code-route-options.js';
export type {
  TempIDRoute,
  UseTempIDKindOptions,
  UseTempIDOptions,
} from './requests/route-options.js';
export { PrefetchException } from './requests/prefetch.js';
export { FirstAnswerException, LinkPageException } from './links/link.exceptions.js';
export type { RefreshableSource } from './keys/refreshable-source.js';
export type { KeyReport } from './keys/rotating-key.js';
export type { SecretProvider, SecretSource } from './keys/secret-provider.js';
export type { SecretEntry, SecretMaterial, SecretOption } from './keys/secrets.js';
export { defineTempID, type TempIDKindOptions } from './kinds/define-tempid.js';
export type { KindMintCodeOptions, KindMintOptions } from './operations/kind-mint-options.js';
export type { StandardSchemaV1 } from './kinds/standard-schema.js';
export type {
  BindingLookup,
  BoundToken,
  KindBinding,
  TempIDBinding,
} from './kinds/tempid-binding.js';
export {
  type AnyTempIDKind,
  type PayloadInputOf,
  type PayloadOf,
  TempIDKind,
  type TempIDOf,
} from './kinds/tempid-kind.js';
export type { LinkPage, LinkTemplate } from './pages/link-page.js';
export type { LinkPageOptions } from './pages/link-page-options.js';
export type { TempIDLinkKindOptions, TempIDLinkOptions } from './links/link-options.js';
export type { LinkText, LinkTexts } from './pages/link-texts.js';
export type { MintOptions } from './operations/mint-options.js';
export type { ResolvedOptions, TempIDModuleExtras, TempIDModuleOptions } from './config/options.js';
export type {
  PurposeName,
  RevokePurposeOptions,
  RevokeSubjectOptions,
} from './operations/revocation/revoke-options.js';
export type { AnswerStore } from './stores/answers.js';
export { MemoryTempIDStore } from './stores/memory-tempid.store.js';
export type { ScopeRevocation, ScopeRevocations } from './stores/scope-revocations.js';
export {
  type AsyncStoreOptions,
  type ConsumeOptions,
  type ConsumeResult,
  type Issuance,
  REVOKED_COUNT,
  type StoreOptions,
  TempIDStore,
  type TempIDStoreOption,
  type TempIDStoreRegistration,
} from './stores/tempid-store.js';
export { TempID } from './token/tempid.js';
export { TempIDModule, type TempIDRootOptions } from './tempid.module.js';
export { TEMPID_OPTIONS, type TempIDOptionsFactory } from './config/module-definition.js';
export { TempIDService } from './tempid.service.js';
export type { UsesInfo } from './operations/use-counter.js';
export type {
  KindUseOptions,
  KindVerifyOptions,
  UseOptions,
  VerifyOptions,
} from './operations/verify-options.js';

export type {
  HmacAlgorithm,
  JwsAlgorithm,
  RsaAlgorithm,
  SignatureAlgorithm,
} from './algorithms.js';
export { keysFromEnvironment } from './environment-keys.js';
export { jwe, type JweOptions } from './jwe.js';
export { TempIDJwksController } from './jwks.controller.js';
export { jws, type JwsOptions } from './jws.js';
export type {
  JwsKeyOption,
  JwtKeyProvider,
  KeyMaterial,
  PrivateKeyOption,
  PublicKeyOption,
  SecretKeyOption,
} from './key-options.js';
export type { HeaderOptions } from './header.js';

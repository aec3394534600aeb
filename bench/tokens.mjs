// Minting and verifying a V3 token beside a bare AES-256-GCM call and beside signed JWTs, and our JWTs beside jose alone: npm run bench:tokens
import 'reflect-metadata';
import { createCipheriv, createDecipheriv, generateKeyPairSync, randomBytes } from 'node:crypto';
import { NestFactory } from '@nestjs/core';
import { createSigner, createVerifier } from 'fast-jwt';
import { CompactSign, compactVerify } from 'jose';
import { TempIDModule, TempIDService } from 'nestjs-tempid';
import { jwe, jws } from 'nestjs-tempid/jwt';
import { compare, report } from './measure.mjs';

const secret = randomBytes(32);
const PURPOSE = 'password-reset';

class BenchModule {}
const context = await NestFactory.createApplicationContext(
  { module: BenchModule, imports: [TempIDModule.forRoot({ secret, accept: ['v3', 'short'] })] },
  { logger: false },
);
const tempid = context.get(TempIDService);
const { value } = await tempid.mint({ purpose: PURPOSE, maxUses: 1, payload: { userId: 42 } });
const short = await tempid.mint({
  format: 'short',
  purpose: PURPOSE,
  maxUses: 1,
  payload: { userId: 42 },
});
const forged = value.slice(0, 8) + randomBytes(100).toString('base64url');
const forgedRest = Buffer.from(value.slice(8), 'base64url');
randomBytes(forgedRest.length - 4).copy(forgedRest, 4);
const copiedKid = `TEMP-V3.${forgedRest.toString('base64url')}`;
const garbage = `TEMP-V3.${'A'.repeat(value.length - 8)}`;

const claimsLength = Buffer.from(value.slice(8), 'base64url').length - 44;
const [key, nonce, aad, plaintext] = [32, 12, 12, claimsLength].map((length) =>
  randomBytes(length),
);
const encrypt = () => {
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 });
  cipher.setAAD(aad);
  const ciphertext = cipher.update(plaintext);
  cipher.final();
  return [ciphertext, cipher.getAuthTag()];
};
const [ciphertext, tag] = encrypt();
const decrypt = () => {
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 });
  decipher.setAAD(aad);
  decipher.setAuthTag(tag);
  decipher.update(ciphertext);
  decipher.final();
};

const sign = createSigner({ key: secret, expiresIn: 600_000 });
const verify = createVerifier({ key: secret, cache: false });
const claims = { pur: PURPOSE, max: 1, ext: { userId: 42 } };
const jwt = sign(claims);

/** An application that writes one JWT format, and what jose alone needs for the same. */
async function jwtOf(format, alg, signing, verifying) {
  const { name } = format;
  const imports = [TempIDModule.forRoot({ secret, formats: [format], format: name })];
  const app = await NestFactory.createApplicationContext(
    { module: class {}, imports },
    { logger: false },
  );
  const service = app.get(TempIDService);
  const mint = () => service.mint({ purpose: PURPOSE, maxUses: 1, payload: { userId: 42 } });
  const token = (await mint()).value;
  const bytes = Buffer.from(token.split('.')[1], 'base64url');
  return {
    mint,
    verify: () => service.verify(token, { purpose: PURPOSE }),
    bareSign: () =>
      new CompactSign(bytes).setProtectedHeader({ alg, kid: 'k', typ: 'JWT' }).sign(signing),
    bareVerify: () => compactVerify(token, verifying, { algorithms: [alg] }),
    close: () => app.close(),
  };
}
const pair = generateKeyPairSync('ed25519');
const hs256 = await jwtOf(jws({ keys: [{ kid: 'k', secret }] }), 'HS256', secret, secret);
const eddsa = await jwtOf(
  jws({ keys: [{ kid: 'k', privateKey: pair.privateKey }] }),
  'EdDSA',
  pair.privateKey,
  pair.publicKey,
);
const encrypted = await jwtOf(jwe(), 'dir', secret, secret);

const times = await compare({
  encrypt,
  mint: () => tempid.mint({ purpose: PURPOSE, maxUses: 1, payload: { userId: 42 } }),
  sign: () => sign({ ...claims, jti: randomBytes(16).toString('base64url') }),
  decrypt,
  verify: () => tempid.verify(value, { purpose: PURPOSE }),
  verifyJwt: () => verify(jwt),
  garbage: () => tempid.verify(garbage, { purpose: PURPOSE }),
  copiedKid: () => tempid.verify(copiedKid, { purpose: PURPOSE }),
  forged: () => tempid.verify(forged, { purpose: PURPOSE }),
});
report('encrypt: bare AES-256-GCM', times.encrypt, times.encrypt, 'bare');
report('mint: an encrypted V3 token', times.mint, times.encrypt, 'bare');
report('sign: a JWT with a jti, fast-jwt HS256', times.sign, times.encrypt, 'bare');
console.log();
report('decrypt: bare AES-256-GCM', times.decrypt, times.decrypt, 'bare');
report('verify: an encrypted V3 token', times.verify, times.decrypt, 'bare');
report('verify: a signed JWT, fast-jwt HS256', times.verifyJwt, times.decrypt, 'bare');
console.log();
report('verify: garbage', times.garbage, times.verify, 'a good token');
report('verify: random bytes of the right look', times.forged, times.verify, 'a good token');
report('verify: random bytes after a real key id', times.copiedKid, times.verify, 'a good token');
const jwts = await compare(
  {
    hs256Sign: hs256.bareSign,
    hs256Mint: hs256.mint,
    hs256BareVerify: hs256.bareVerify,
    hs256Verify: hs256.verify,
    eddsaSign: eddsa.bareSign,
    eddsaMint: eddsa.mint,
    eddsaBareVerify: eddsa.bareVerify,
    eddsaVerify: eddsa.verify,
    jweMint: encrypted.mint,
    jweVerify: encrypted.verify,
  },
  { rounds: 21, calls: 500 },
);
console.log();
for (const [name, title] of [
  ['hs256', 'HS256'],
  ['eddsa', 'EdDSA'],
]) {
  const [sign_, mint, bareVerify, verify_] = ['Sign', 'Mint', 'BareVerify', 'Verify'].map(
    (call) => jwts[name + call],
  );
  report(`sign: jose alone, ${title}`, sign_, sign_, 'jose');
  report(`mint: jws, ${title}`, mint, sign_, 'jose');
  report(`verify: jose alone, ${title}`, bareVerify, bareVerify, 'jose');
  report(`verify: jws, ${title}`, verify_, bareVerify, 'jose');
}
report('mint: jwe', jwts.jweMint, times.mint, 'a V3 token');
report('verify: jwe', jwts.jweVerify, times.verify, 'a V3 token');

console.log(
  `\none token: ${value.length} characters; a short one: ${short.value.length}; a JWT of the same claims: ${sign({ ...claims, jti: randomBytes(16).toString('base64url') }).length}`,
);
for (const app of [context, hs256, eddsa, encrypted]) await app.close();

// A ticket signed by one application and verified by another, which has no secret: npm run example:jwt
import { generateKeyPairSync } from 'node:crypto';
import { Controller, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import { TempIDModule, TempIDService, TokenPayload, UseTempID } from 'nestjs-tempid';
import { jws, type JwsKeyOption, TempIDJwksController } from 'nestjs-tempid/jwt';

/** An application makes its keys once, with openssl, and keeps them as it keeps its secrets. */
const newKey = (kid: string): JwsKeyOption => ({
  kid,
  privateKey: generateKeyPairSync('ed25519').privateKey,
});

const moduleOf = (...keys: JwsKeyOption[]) =>
  TempIDModule.forRoot({
    secret: 'a secret of an example that is long enough',
    issuer: 'https://tickets.example',
    formats: [jws({ keys })],
    format: 'jws',
    accept: ['jws', 'v3'],
  });

@Controller()
class TicketController {
  @Post('enter')
  @UseTempID({ purpose: 'ticket', audience: 'door', consume: true })
  enter(@TokenPayload('seat') seat: string): string {
    return seat;
  }
}

@Module({
  imports: [moduleOf(newKey('2026-01'), newKey('2025-07'))],
  controllers: [TicketController, TempIDJwksController],
})
class TicketModule {}

@Module({ imports: [moduleOf(newKey('stranger'))] })
class StrangerModule {}

const app = await NestFactory.create(TicketModule, { logger: ['error'] });
await app.listen(0, '127.0.0.1');
const url = await app.getUrl();
const options = {
  purpose: 'ticket',
  audience: 'door',
  maxUses: 1,
  payload: { seat: '7A' },
} as const;
const ticket = await app.get(TempIDService).mint(options);

// The other service: it has jose and the address of the keys, and nothing of this module.
const keys = createRemoteJWKSet(new URL(`${url}/.well-known/jwks.json`));
async function isLetIn(token: string): Promise<string> {
  const { payload, protectedHeader } = await jwtVerify(token, keys, {
    algorithms: ['EdDSA'],
    issuer: 'https://tickets.example',
    audience: 'door',
  });
  // The purpose is a claim of this module, which only this line checks.
  if (payload['pur'] !== 'ticket')
    throw new errors.JWTClaimValidationFailed('another purpose', payload);
  const { seat } = payload['ext'] as { seat: string };
  return `lets seat ${seat} in, by the key ${protectedHeader.kid} (${protectedHeader.alg})`;
}
console.log(`the other service ${await isLetIn(ticket.value)}`);

const stranger = await NestFactory.createApplicationContext(StrangerModule, { logger: ['error'] });
const forged = await stranger.get(TempIDService).mint(options);
const refusal = await isLetIn(forged.value).catch((error: unknown) =>
  error instanceof errors.JOSEError ? error.code : String(error),
);
console.log(`the other service refuses a token of another app: ${refusal}`);

// How often it was used, only this application knows.
async function enter(): Promise<string> {
  const response = await fetch(`${url}/enter?token=${ticket.value}`, { method: 'POST' });
  const answer = await response.text();
  return response.ok ? `${response.status}` : `${response.status} ${JSON.parse(answer).code}`;
}
console.log(`this application counts its uses: ${await enter()}, ${await enter()}`);

await stranger.close();
await app.close();

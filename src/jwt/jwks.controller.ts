import { Controller, Get, Header, VERSION_NEUTRAL } from '@nestjs/common';
import type { JwksDocument } from '../formats/public-jwk.js';
import { TempIDService } from '../tempid.service.js';
import { OnePerProcess } from '../common/one-per-process.js';

/**
 * `GET /.well-known/jwks.json`: the public keys by which other services verify tokens of the format jws. Put it
 * into `controllers` of a module that may inject TempIDService. It is cached for five minutes: a new key must be
 * in the list for longer than that before it signs.
 */
@OnePerProcess('TempIDJwksController')
@Controller({ path: '.well-known', version: VERSION_NEUTRAL })
export class TempIDJwksController {
  constructor(private readonly tempid: TempIDService) {}

  @Get('jwks.json')
  @Header('Content-Type', 'application/jwk-set+json')
  @Header('Cache-Control', 'public, max-age=300')
  async jwks(): Promise<JwksDocument> {
    return this.tempid.jwks();
  }
}

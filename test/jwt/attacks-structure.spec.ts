import { randomBytes } from 'node:crypto';
import { Test } from '@nestjs/testing';
import { describe, expect, it } from '@jest/globals';
import { TempIDModule, TempIDService } from '../../src/index.js';
import { jws } from '../../src/jwt/index.js';
import { CLAIMS, encrypt, encrypted, HEADER, tempid } from '../support/attacked-jwt.js';
import { ED, ed25519, signByHand, whyNot } from '../support/jwt.js';
import { SECRET } from '../support/secrets.js';

describe('A token within a token', () => {
  it('a token within a token is refused in a JWS and in a JWE', async () => {
    const inner = signByHand(HEADER, CLAIMS);
    expect(await whyNot(tempid, signByHand(HEADER, inner))).toMatch(/^TEMPID_PAYLOAD: The payload/);
    expect(await whyNot(tempid, signByHand({ ...HEADER, cty: 'JWT' }, inner))).toMatch(/'cty'/);
    expect(await whyNot(encrypted, await encrypt({}, inner))).toMatch(
      /^TEMPID_PAYLOAD: The payload/,
    );
    expect(await whyNot(encrypted, await encrypt({ cty: 'JWT' }, inner))).toMatch(/'cty'/);
  });
});

describe('A JWE', () => {
  it('a JWE with an encrypted key, or a nonce or tag of another length is refused', async () => {
    const [header, , nonce, text, tag = ''] = (await encrypt({})).split('.');
    for (const [parts, code] of [
      [[header, 'AAAA', nonce, text, tag], 'TEMPID_FORMAT'],
      [[header, '', nonce?.slice(0, 12), text, tag], 'TEMPID_FORMAT'],
      [[header, '', `${nonce}AAAA`, text, tag], 'TEMPID_FORMAT'],
      [[header, '', nonce, text, tag.slice(0, 16)], 'TEMPID_FORMAT'],
      [[header, '', nonce, text, ''], 'TEMPID_FORMAT'],
      [[header, '', '', text, tag], 'TEMPID_FORMAT'],
      [[header, '', nonce, '', tag], 'TEMPID_TAMPERED'],
      [[header, '', nonce, `${text}AAAA`, tag], 'TEMPID_TAMPERED'],
    ] as const) {
      expect([parts, await whyNot(encrypted, parts.join('.'))]).toEqual([
        parts,
        expect.stringMatching(`^${code}`),
      ]);
    }
  });

  it('a JWE of another key is refused as changed', async () => {
    expect(await whyNot(encrypted, await encrypt({}, CLAIMS, randomBytes(32)))).toMatch(
      /^TEMPID_TAMPERED: The token was changed/,
    );
  });

  it('a JWE is not read as a JWS, nor a JWS as a JWE', async () => {
    expect(await whyNot(tempid, await encrypt({}))).toMatch(/^TEMPID_FORMAT/);
    expect(await whyNot(encrypted, signByHand(HEADER, CLAIMS))).toMatch(/^TEMPID_FORMAT/);
  });
});

describe('A refusal', () => {
  it('the refusal of a JWT quotes nothing of the token', async () => {
    const markers = signByHand({ ...HEADER, alg: 'hunter2', kid: 'hunter2' }, CLAIMS);
    const claims = signByHand(HEADER, { ...CLAIMS, sub: ['hunter2'], ext: 'hunter2' });
    for (const value of [markers, claims]) {
      expect(await whyNot(tempid, value)).not.toMatch(/hunter2|accepted/);
    }
  });
});

describe('A key that is taken out while a token is decoded', () => {
  it('a key that is taken out while a token is decoded refuses that token', async () => {
    let answer = [{ kid: 'k1', privateKey: ED.privateKey }];
    let changed = () => {};
    const provider = {
      getKeys: () => answer,
      onChange: (change: () => void) => {
        changed = change;
        return () => undefined;
      },
    };
    const module = await Test.createTestingModule({
      imports: [
        TempIDModule.forRoot({ formats: [jws({ keys: provider })], format: 'jws', secret: SECRET }),
      ],
    }).compile();
    await module.init();
    const service = module.get(TempIDService);
    const token = await service.mint({ maxUses: 1 });
    answer = [{ kid: 'k2', privateKey: ed25519().privateKey }];
    changed();
    const reading = service.parse(token.value);
    await expect(reading).rejects.toMatchObject({ code: 'TEMPID_TAMPERED' });
    expect(await service.use(token)).toBe(false);
    await module.close();
  });
});

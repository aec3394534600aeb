import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { Xaes256Gcm } from '../../src/formats/xaes-256-gcm.js';

/** https://c2sp.org/XAES-256-GCM, "Test vectors". MSB(L) is 0 in the first and 1 in the second. */
const VECTORS = [
  {
    key: Buffer.alloc(32, 0x01),
    additionalData: '',
    sealed: 'ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271',
  },
  {
    key: Buffer.alloc(32, 0x03),
    additionalData: 'c2sp.org/XAES-256-GCM',
    sealed: '986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d',
  },
];
const NONCE = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWX');
const PLAINTEXT = Buffer.from('XAES-256-GCM');

/** Reads the bytes of SHAKE-128 of nothing, as the specification's deterministic RNG does. */
class ShakeStream {
  private readonly bytes: Buffer;
  private position = 0;

  constructor(length: number) {
    this.bytes = createHash('shake128', { outputLength: length }).digest();
  }

  read(length: number): Buffer {
    const bytes = this.bytes.subarray(this.position, this.position + length);
    this.position += length;
    return bytes;
  }

  readVector(): Buffer {
    return this.read(this.read(1).readUInt8());
  }
}

function withByteChanged(bytes: Buffer, index: number): Buffer {
  const changed = Buffer.from(bytes);
  changed.writeUInt8(bytes.readUInt8(index) ^ 0x01, index);
  return changed;
}

describe('Xaes256Gcm', () => {
  it.each(VECTORS)(
    'Xaes256Gcm seals as the vector with additional data "$additionalData" says',
    ({ key, additionalData, sealed }) => {
      const aead = new Xaes256Gcm(key);
      const actual = aead.seal(NONCE, PLAINTEXT, Buffer.from(additionalData));
      expect(actual.toString('hex')).toBe(sealed);
    },
  );

  it.each(VECTORS)(
    'Xaes256Gcm opens the vector with additional data "$additionalData"',
    ({ key, additionalData, sealed }) => {
      const aead = new Xaes256Gcm(key);
      const opened = aead.open(NONCE, Buffer.from(sealed, 'hex'), Buffer.from(additionalData));
      expect(opened).toEqual(PLAINTEXT);
    },
  );

  it('Xaes256Gcm seals the 10,000 random cases of the specification to its hash, and opens each', () => {
    const iterations = 10_000;
    const stream = new ShakeStream(iterations * (32 + 24 + 2 * (1 + 255)));
    const hash = createHash('shake128', { outputLength: 32 });
    let notOpened = 0;
    for (let iteration = 0; iteration < iterations; iteration++) {
      const aead = new Xaes256Gcm(stream.read(32));
      const nonce = stream.read(24);
      const plaintext = stream.readVector();
      const additionalData = stream.readVector();
      const sealed = aead.seal(nonce, plaintext, additionalData);
      if (!aead.open(nonce, sealed, additionalData)?.equals(plaintext)) notOpened++;
      hash.update(sealed);
    }
    expect(hash.digest('hex')).toBe(
      'e6b9edf2df6cec60c8cbd864e2211b597fb69a529160cd040d56c0c210081939',
    );
    expect(notOpened).toBe(0);
  });

  it('Xaes256Gcm answers the same for the hundredth message of one key as a new object for its first', () => {
    const key = randomBytes(32);
    const used = new Xaes256Gcm(key);
    for (let count = 0; count < 99; count++) used.seal(randomBytes(24), PLAINTEXT, NONCE);
    const nonce = randomBytes(24);
    expect(used.seal(nonce, PLAINTEXT, NONCE)).toEqual(
      new Xaes256Gcm(key).seal(nonce, PLAINTEXT, NONCE),
    );
  });

  it('Xaes256Gcm seals and opens an empty message', () => {
    const aead = new Xaes256Gcm(randomBytes(32));
    const sealed = aead.seal(NONCE, Buffer.alloc(0), Buffer.alloc(0));
    expect(sealed).toHaveLength(16);
    expect(aead.open(NONCE, sealed, Buffer.alloc(0))).toEqual(Buffer.alloc(0));
  });

  describe('opens to null', () => {
    const key = randomBytes(32);
    const additionalData = Buffer.from('TEMP-V3.kid?');
    const aead = new Xaes256Gcm(key);
    const sealed = aead.seal(NONCE, PLAINTEXT, additionalData);

    it('Xaes256Gcm opens nothing where any byte of ciphertext or tag differs', () => {
      for (const index of sealed.keys()) {
        expect(aead.open(NONCE, withByteChanged(sealed, index), additionalData)).toBeNull();
      }
    });

    it('Xaes256Gcm opens nothing where any byte of the nonce differs', () => {
      for (const index of NONCE.keys()) {
        expect(aead.open(withByteChanged(NONCE, index), sealed, additionalData)).toBeNull();
      }
    });

    it('Xaes256Gcm opens nothing where any byte of the additional data differs', () => {
      for (const index of additionalData.keys()) {
        expect(aead.open(NONCE, sealed, withByteChanged(additionalData, index))).toBeNull();
      }
      expect(aead.open(NONCE, sealed, additionalData.subarray(1))).toBeNull();
    });

    it('Xaes256Gcm opens nothing where any byte of the key differs', () => {
      for (const index of key.keys()) {
        const other = new Xaes256Gcm(withByteChanged(key, index));
        expect(other.open(NONCE, sealed, additionalData)).toBeNull();
      }
    });

    it('Xaes256Gcm opens nothing where the sealed message was cut short, also to less than a tag', () => {
      for (let length = 0; length < sealed.length; length++) {
        expect(aead.open(NONCE, sealed.subarray(0, length), additionalData)).toBeNull();
      }
    });
  });
});

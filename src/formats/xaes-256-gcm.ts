import { createCipheriv, createDecipheriv } from 'node:crypto';

const TAG_LENGTH = 16;
export const NONCE_LENGTH = 24;

/**
 * XAES-256-GCM, the extended-nonce AEAD of https://c2sp.org/XAES-256-GCM: AES-256-GCM under a key that
 * a NIST SP 800-108 KDF derives from this key and the first half of a 24-byte nonce.
 *
 * The AES-256-ECB object is made once and fed block after block: without padding it keeps no state
 * between blocks, and making it costs more than the derivation.
 */
export class Xaes256Gcm {
  readonly #aes: ReturnType<typeof blockCipher>;
  readonly #subkey: Buffer;
  readonly #derivationBlocks = Buffer.alloc(32);

  /** @param key 32 bytes */
  constructor(key: Buffer) {
    this.#aes = blockCipher(key);
    this.#subkey = cmacSubkey(this.#aes.update(Buffer.alloc(16)));
  }

  /** Encrypts and authenticates: the ciphertext, then the 16-byte tag. */
  seal(nonce: Buffer, plaintext: Buffer, additionalData: Buffer): Buffer {
    const cipher = createCipheriv('aes-256-gcm', this.deriveKey(nonce), nonce.subarray(12), {
      authTagLength: TAG_LENGTH,
    });
    cipher.setAAD(additionalData);
    const ciphertext = cipher.update(plaintext);
    cipher.final();
    return Buffer.concat([ciphertext, cipher.getAuthTag()]);
  }

  /** What {@link seal} encrypted, or null where key, nonce, additional data, ciphertext or tag differ. */
  open(nonce: Buffer, sealed: Buffer, additionalData: Buffer): Buffer | null {
    if (sealed.length < TAG_LENGTH) return null;
    const decipher = createDecipheriv('aes-256-gcm', this.deriveKey(nonce), nonce.subarray(12), {
      authTagLength: TAG_LENGTH,
    });
    decipher.setAAD(additionalData);
    decipher.setAuthTag(sealed.subarray(sealed.length - TAG_LENGTH));
    const plaintext = decipher.update(sealed.subarray(0, sealed.length - TAG_LENGTH));
    try {
      decipher.final();
    } catch {
      return null;
    }
    return plaintext;
  }

  /** Two CMACs of one block each: counter, label 'X', a zero byte, and the first 12 bytes of the nonce. */
  private deriveKey(nonce: Buffer): Buffer {
    const blocks = this.#derivationBlocks;
    nonce.copy(blocks, 4, 0, 12);
    nonce.copy(blocks, 20, 0, 12);
    blocks.writeUInt32BE(0x0001_5800, 0);
    blocks.writeUInt32BE(0x0002_5800, 16);
    for (let index = 0; index < 32; index++) {
      blocks[index] = (blocks[index] ?? 0) ^ (this.#subkey[index & 15] ?? 0);
    }
    return this.#aes.update(blocks);
  }
}

function blockCipher(key: Buffer) {
  return createCipheriv('aes-256-ecb', key, null).setAutoPadding(false);
}

/** K1 of NIST SP 800-38B section 6.1: the block doubled in GF(2^128). */
function cmacSubkey(block: Buffer): Buffer {
  const value = BigInt(`0x${block.toString('hex')}`);
  const doubled = BigInt.asUintN(128, value << 1n) ^ (value >> 127n ? 0x87n : 0n);
  return Buffer.from(doubled.toString(16).padStart(32, '0'), 'hex');
}

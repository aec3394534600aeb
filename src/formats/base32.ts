const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** RFC 4648 base32, upper case, unpadded, with a `-` after every 5 characters. */
export function encodeBase32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let pending = 0;
  let written = 0;
  const write = (index: number) => {
    text += (written > 0 && written % 5 === 0 ? '-' : '') + ALPHABET.charAt(index);
    written++;
  };
  for (const byte of bytes) {
    pending = ((pending & 0x1f) << 8) | byte;
    bits += 8;
    for (; bits >= 5; bits -= 5) write((pending >> (bits - 5)) & 0x1f);
  }
  if (bits > 0) write((pending << (5 - bits)) & 0x1f);
  return text;
}

/** The bytes of what {@link encodeBase32} writes, or null where a character is no base32. */
export function decodeBase32(text: string): Buffer | null {
  const bytes = Buffer.allocUnsafe(Math.floor((text.length * 5) / 8));
  let length = 0;
  let bits = 0;
  let pending = 0;
  for (const character of text) {
    if (character === '-') continue;
    const value = ALPHABET.indexOf(character);
    if (value < 0) return null;
    pending = ((pending & 0xff) << 5) | value;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes[length++] = (pending >> bits) & 0xff;
    }
  }
  return bytes.subarray(0, length);
}

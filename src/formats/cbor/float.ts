/** A float as CBOR writes it, head included, in the shortest of 16, 32 and 64 bits that holds it exactly. */
export function encodeFloat(value: number): Buffer {
  const half = toHalf(value);
  if (half !== null) return Buffer.of(0xf9, half >> 8, half & 0xff);
  if (Math.fround(value) === value) {
    const single = Buffer.allocUnsafe(5);
    single[0] = 0xfa;
    single.writeFloatBE(value, 1);
    return single;
  }
  const double = Buffer.allocUnsafe(9);
  double[0] = 0xfb;
  double.writeDoubleBE(value, 1);
  return double;
}

/** Whether no shorter float than one of `size` bytes (2, 4 or 8) holds the value. */
export function isShortestFloat(value: number, size: number): boolean {
  return encodeFloat(value).length === size + 1;
}

/** The value of 16 bits of IEEE 754 binary16. */
export function readHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (0x400 | fraction) * 2 ** (exponent - 25);
}

const single = new DataView(new ArrayBuffer(4));

/** The 16 bits of IEEE 754 binary16 that hold the value exactly, or null. */
function toHalf(value: number): number | null {
  if (Math.fround(value) !== value) return null;
  single.setFloat32(0, value);
  const bits = single.getUint32(0);
  const sign = (bits >>> 16) & 0x8000;
  const exponent = ((bits >>> 23) & 0xff) - 127;
  const fraction = bits & 0x7f_ffff;
  if (exponent === -127) return fraction === 0 ? sign : null;
  if (exponent >= -14 && exponent <= 15) {
    return (fraction & 0x1fff) === 0 ? sign | ((exponent + 15) << 10) | (fraction >> 13) : null;
  }
  if (exponent < -24 || exponent > 15) return null;
  const shift = -1 - exponent;
  const significand = 0x80_0000 | fraction;
  return (significand & ((1 << shift) - 1)) === 0 ? sign | (significand >> shift) : null;
}

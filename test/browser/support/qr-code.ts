import jsQR from 'jsqr';
import type { Locator } from 'playwright-core';
import { decodePng } from '../../../scripts/screenshots/png.mjs';

/** What a camera reads from the picture of an element. */
export async function readQrCode(element: Locator): Promise<string> {
  const { width, height, channels, pixels } = decodePng(await element.screenshot());
  const colors = Array.from({ length: width * height }, (_, index) => {
    const start = index * channels;
    return [...pixels.subarray(start, start + 3), 255];
  });
  const code = jsQR.default(Uint8ClampedArray.from(colors.flat()), width, height);
  if (!code) throw new Error('No QR code is to be seen.');
  return code.data;
}

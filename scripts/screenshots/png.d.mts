export interface DecodedPng {
  readonly width: number;
  readonly height: number;
  /** 3: red, green, blue; 4: alpha as well. */
  readonly channels: 3 | 4;
  readonly pixels: Buffer;
}

export function decodePng(png: Buffer): DecodedPng;

import { crc32, deflateSync, inflateSync } from 'node:zlib';

/** https://www.w3.org/TR/png-3/ */
const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');
const CHANNELS = new Map([
  [2, 3],
  [6, 4],
]);
const WITH_PALETTE = 3;

/** What browsers write, 8 bits a channel, as `{ width, height, channels, pixels }`. */
export function decodePng(png) {
  const chunks = chunksOf(png);
  const [header] = chunks.get('IHDR');
  const channels = CHANNELS.get(header[9]);
  const width = header.readUInt32BE(0);
  const data = inflateSync(Buffer.concat(chunks.get('IDAT')));
  return {
    width,
    height: header.readUInt32BE(4),
    channels,
    pixels: unfiltered(data, width * channels, channels),
  };
}

/** Each pixel is one byte, the index of its colour in `palette`, a list of [red, green, blue]. */
export function encodePng({ width, height, palette, pixels }) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, WITH_PALETTE], 8);
  const lines = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y += 1) {
    lines.set(pixels.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  }
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('PLTE', Buffer.from(palette.flat())),
    chunk('IDAT', deflateSync(lines, { level: 9, memLevel: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** The data of the chunks, by their type. Each chunk is a length, a type, data and a checksum. */
function chunksOf(png) {
  const chunks = new Map();
  for (let start = SIGNATURE.length; start < png.length;) {
    const end = start + 8 + png.readUInt32BE(start);
    const type = png.toString('latin1', start + 4, start + 8);
    chunks.set(type, [...(chunks.get(type) ?? []), png.subarray(start + 8, end)]);
    start = end + 4;
  }
  return chunks;
}

function chunk(type, data) {
  const bytes = Buffer.alloc(data.length + 12);
  bytes.writeUInt32BE(data.length);
  bytes.write(type, 4, 'latin1');
  data.copy(bytes, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, -4)), bytes.length - 4);
  return bytes;
}

/** Each line begins with the number of its filter; a byte is a difference from what that predicts. */
function unfiltered(data, lineLength, channels) {
  const pixels = Buffer.alloc((data.length / (lineLength + 1)) * lineLength);
  for (let from = 0, to = 0; from < data.length; from += 1) {
    const predict = FILTERS[data[from]];
    for (let x = 0; x < lineLength; x += 1, to += 1) {
      from += 1;
      const left = x < channels ? 0 : pixels[to - channels];
      const above = to < lineLength ? 0 : pixels[to - lineLength];
      const corner = x < channels || to < lineLength ? 0 : pixels[to - lineLength - channels];
      pixels[to] = data[from] + predict(left, above, corner);
    }
  }
  return pixels;
}

const FILTERS = [
  () => 0,
  (left) => left,
  (_left, above) => above,
  (left, above) => (left + above) >> 1,
  paeth,
];

function paeth(left, above, corner) {
  const estimate = left + above - corner;
  const [toLeft, toAbove, toCorner] = [left, above, corner].map((each) =>
    Math.abs(estimate - each),
  );
  if (toLeft <= toAbove && toLeft <= toCorner) return left;
  return toAbove <= toCorner ? above : corner;
}

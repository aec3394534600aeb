import { decodePng, encodePng } from './png.mjs';

const COLOURS = 64;

/** The picture with its 64 most frequent colours, which for pages leaves no difference to be seen. */
export function smallerPng(png) {
  const { width, height, channels, pixels } = decodePng(png);
  const colours = new Uint32Array(width * height);
  for (let pixel = 0; pixel < colours.length; pixel += 1) {
    colours[pixel] = pixels.readUIntBE(pixel * channels, 3);
  }
  const counts = countsOf(colours);
  const palette = counts.slice(0, COLOURS).map(([colour]) => channelsOf(colour));
  const indices = new Map(counts.map(([colour]) => [colour, nearest(palette, channelsOf(colour))]));
  return encodePng({ width, height, palette, pixels: colours.map((each) => indices.get(each)) });
}

/** The most frequent first. */
function countsOf(colours) {
  const counts = new Map();
  for (const colour of colours) counts.set(colour, (counts.get(colour) ?? 0) + 1);
  return [...counts].toSorted(([a, countOfA], [b, countOfB]) => countOfB - countOfA || a - b);
}

const channelsOf = (colour) => [colour >> 16, (colour >> 8) & 255, colour & 255];

function nearest(palette, colour) {
  const distances = palette.map((each) =>
    each.reduce((sum, value, channel) => sum + (value - colour[channel]) ** 2, 0),
  );
  return distances.indexOf(Math.min(...distances));
}

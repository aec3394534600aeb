import { isUtf8 } from 'node:buffer';

/** The members of a JSON object in UTF-8, and none that every object has; null for anything else. */
export function parseJsonObject(bytes: Uint8Array): ReadonlyMap<string, unknown> | null {
  if (!isUtf8(bytes)) return null;
  try {
    const { buffer, byteOffset, byteLength } = bytes;
    const text = Buffer.from(buffer, byteOffset, byteLength).toString('utf8');
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
    return new Map(Object.entries(value));
  } catch {
    return null;
  }
}

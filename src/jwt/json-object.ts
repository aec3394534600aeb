import { isUtf8 } from 'node:buffer';

/** The members of a JSON object in UTF-8, and none that every object has; null for anything else. */
export function parseJsonObject(bytes: Uint8Array): ReadonlyMap<string, unknown> | null {
  if (!isUtf8(bytes)) return null;
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
    return new Map(Object.entries(value));
  } catch {
    return null;
  }
}

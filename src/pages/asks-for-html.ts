import type { TempIDRequest } from '../requests/extractors.js';
import { trimHeader } from '../requests/trim-header.js';

/**
 * Whether a person waits, by `Accept` (RFC 9110, section 12.5.1): HTML is named, and wanted at least as much as
 * JSON. A program that asks for anything gets JSON.
 */
export function asksForHtml({ headers }: TempIDRequest): boolean {
  const weights = new Map<string, number>();
  for (const range of String(headers['accept'] ?? '')
    .toLowerCase()
    .split(',')) {
    const [type = '', ...parameters] = range.split(';').map(trimHeader);
    const weight = parameters.find((parameter) => parameter.startsWith('q='));
    weights.set(type, weight === undefined ? 1 : Number(weight.slice(2)) || 0);
  }
  const html = ['text/html', 'application/xhtml+xml', 'text/*'].map(
    (type) => weights.get(type) ?? 0,
  );
  return Math.max(...html) > 0 && Math.max(...html) >= (weights.get('application/json') ?? 0);
}

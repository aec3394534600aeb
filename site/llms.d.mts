import type { Group } from './outline.mjs';

export function llmsIndex(site: {
  readonly name: string;
  readonly description: string;
  readonly outline: readonly Group[];
  readonly addressOf: (file: string) => string;
}): string;
export function llmsFull(pages: ReadonlyMap<string, string>): string;

import type { Group } from './outline.mjs';

export function stage(
  root: string,
  folder: string,
): { readonly pages: ReadonlyMap<string, string>; readonly outline: readonly Group[] };
export function write(folder: string, pages: Iterable<readonly [string, string]>): void;

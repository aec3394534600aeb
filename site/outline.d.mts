export interface Entry {
  readonly title: string;
  readonly note: string;
  readonly file: string;
  readonly entries: readonly Entry[];
}

export interface Group {
  readonly title: string;
  readonly entries: readonly Entry[];
}

export function outlineOf(
  pages: ReadonlyMap<string, string>,
  titleOf: (markdown: string) => string | undefined,
): Group[];

export interface RepositoryFiles {
  has(path: string): boolean;
  isPage(path: string): boolean;
  /** Empty where the repository has no address. */
  sourceUrl(path: string): string;
}

export function anchorOf(heading: string): string;
export function titleOf(markdown: string): string | undefined;
export function pagePath(file: string): string;
export function sourceUrl(repository: { url: string }, file: string): string;
export function toSite(markdown: string, file: string, files: RepositoryFiles): string;

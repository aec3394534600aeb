type Project = 'browser' | 'servers' | 'package' | 'unit';

export const PROJECTS: readonly Project[];
export const SUITES: readonly string[];
export function projectOf(suite: string): Project;
export function modulesOf(suite: string): Set<string>;

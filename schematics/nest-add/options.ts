/** What schema.json says to people. */
export interface NestAddOptions {
  readonly store: StoreName;
  readonly example: boolean;
  /** The path of the root module's file; by default what main.ts starts. */
  readonly module?: string;
  readonly skipInstall: boolean;
  readonly sourceRoot: string;
}

export type StoreName = 'memory' | 'typeorm' | 'redis';

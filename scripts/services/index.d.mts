export type ServerName = 'postgres' | 'mariadb' | 'redis' | 'redisCluster';
export type ServiceName = ServerName | 'chromium';

export interface FoundService {
  how: 'given' | 'running' | 'started' | 'installed';
  /** Of Chromium: where the program is. */
  url: string;
  stop?(): Promise<void>;
  missing?: never;
}

export interface MissingService {
  /** One line that says what to do. */
  missing: string;
  how?: never;
  url?: never;
  stop?: never;
}

export type Services = Record<string, FoundService | MissingService>;

export interface PrivateServer {
  /** Of Redis Cluster: those of all its nodes, with commas. */
  readonly url: string;
  /** SIGKILL; resolves when the server and its children are gone. Of Redis Cluster: one primary. */
  kill(): Promise<void>;
  /** On the same port with the same data; resolves when it is ready again. */
  restart(): Promise<void>;
  /** Whether it runs or was killed. */
  stop(): Promise<void>;
}

export interface RedisSentinels {
  /** What the sentinels call the primary. */
  readonly name: string;
  readonly sentinels: { host: string; port: number }[];
  readonly primary: { readonly url: string; kill(): Promise<void> };
  readonly replica: { readonly url: string };
  stop(): Promise<void>;
}

export const SERVICE_NAMES: readonly ServiceName[];
export function variableOf(name: string): string;
export function startServices(
  names?: readonly ServiceName[],
  options?: { install?: boolean },
): Promise<Services>;
export function checkServices(names?: readonly ServiceName[]): Promise<Services>;
export function stopServices(services: Services): Promise<void>;
export function stopOnSignal(
  started: Promise<Services>,
  exitCodeOf?: (signal: NodeJS.Signals) => number,
): () => void;

/** Whether the server at a URL of `mariadb` is a MariaDB or a MySQL, as TypeORM calls them. */
export function typeOf(url: string): Promise<'mariadb' | 'mysql'>;

/** Whether startPrivate has something to start. */
export function isInstalled(name: ServiceName): boolean;
export function startPrivate(
  name: 'redis',
  options?: { replicaOf?: string },
): Promise<PrivateServer>;
export function startPrivate(name: ServerName): Promise<PrivateServer>;
export function startRedisSentinels(): Promise<RedisSentinels>;

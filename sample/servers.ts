/** The driver of TypeORM, and the database's own name, by the protocol of its address. */
const SERVERS = {
  'postgres:': { type: 'postgres', title: 'PostgreSQL' },
  'postgresql:': { type: 'postgres', title: 'PostgreSQL' },
  'mysql:': { type: 'mysql', title: 'MySQL' },
  'mariadb:': { type: 'mariadb', title: 'MariaDB' },
} as const;

/** @throws Error where the address is of no database that is known here; it does not show the address */
export function serverOf(databaseUrl: string): (typeof SERVERS)[keyof typeof SERVERS] {
  const [protocol] = /^\w+:(?=\/\/)/.exec(databaseUrl) ?? [];
  for (const [known, server] of Object.entries(SERVERS)) if (known === protocol) return server;
  throw new Error('DATABASE_URL must start with postgres://, mysql:// or mariadb://.');
}

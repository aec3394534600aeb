import { readFile } from 'node:fs/promises';
import { type SecretOption, type SecretProvider, TempIDConfigurationError } from 'nestjs-tempid';

/**
 * Secrets in a file: one a line, newest first, perhaps with the moment at which it ends:
 *
 *     h7Qm…
 *     Zk2c… 2026-03-01T12:00:00Z
 *
 * White space parts the two, so no secret has any in this file.
 *
 * Kubernetes replaces such a file by renaming a directory behind symbolic links, of which `fs.watch` often sees
 * nothing. So the file is read again and again; what has not changed changes nothing.
 */
export class SecretFile implements SecretProvider {
  readonly refreshInterval = '10s';

  constructor(private readonly path: string) {}

  async getSecrets(signal: AbortSignal): Promise<SecretOption> {
    const text = await readFile(this.path, { encoding: 'utf8', signal });
    const lines = text.split('\n').map((line) => line.trim());
    return lines.filter((line) => line !== '').map(toEntry);
  }
}

function toEntry(line: string, index: number) {
  const [secret = '', end, ...rest] = line.split(/\s+/);
  if (rest.length > 0) {
    throw new TempIDConfigurationError(`Secret ${index + 1} of the file has more than an end.`);
  }
  return end === undefined ? { secret } : { secret, notAfter: new Date(end) };
}

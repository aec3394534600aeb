import { createDecipheriv, createCipheriv, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Global, Logger, Module } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { TempIDModule, TempIDService } from 'nestjs-tempid';
import { EncryptedSecrets, Kms, KmsSecrets } from '../../sample/examples/kms-secrets.js';
import { SecretFile } from '../../sample/examples/secret-file.js';
import { stopIntervals } from '../support/clock.js';

const newSecret = () => randomBytes(32).toString('base64url');

const logged: string[] = [];
let module: TestingModule | undefined;

beforeEach(() => {
  stopIntervals();
  for (const level of ['log', 'error'] as const) {
    jest.spyOn(Logger.prototype, level).mockImplementation((message: unknown) => {
      if (String(message).includes('ecrets')) logged.push(String(message));
    });
  }
});

afterEach(async () => {
  await module?.close();
  logged.length = 0;
  jest.restoreAllMocks();
  jest.useRealTimers();
});

/** Lets the interval come round, and waits for what then is read and said. */
async function nextLine(): Promise<string | undefined> {
  const lines = logged.length;
  jest.runOnlyPendingTimers();
  while (logged.length === lines) await new Promise(setImmediate);
  return logged.at(-1);
}

describe('SecretFile', () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tempid-secret-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  /** As Kubernetes does: a new directory, and a symbolic link to it that takes the place of the old. */
  async function mount(version: string, text: string): Promise<void> {
    await mkdir(join(directory, version));
    await writeFile(join(directory, version, 'tempid'), text);
    await symlink(version, join(directory, '..data_tmp'));
    await rename(join(directory, '..data_tmp'), join(directory, '..data'));
  }

  async function start(): Promise<TempIDService> {
    const path = join(directory, 'tempid');
    await symlink(join('..data', 'tempid'), path);
    const imports = [TempIDModule.forRoot({ secret: new SecretFile(path) })];
    module = await Test.createTestingModule({ imports }).compile();
    return (await module.init()).get(TempIDService);
  }

  it('SecretFile rotates as the file is replaced, without a restart', async () => {
    const [old, next] = [newSecret(), newSecret()];
    await mount('..1', `${old}\n`);
    const tempid = await start();
    const token = await tempid.mint();

    await mount('..2', `${old}\n${next}\n`);
    expect(await nextLine()).toMatch(/\S+ mints, \S+ verifies\.$/);
    const [oldKid, newKid] = tempid.keys().map(({ kid }) => kid);

    const end = new Date(Date.now() + 3_600_000);
    await mount('..3', `${next}\n${old} ${end.toISOString()}\n`);
    expect(await nextLine()).toContain(`${newKid} mints, ${oldKid} verifies.`);
    expect(await tempid.verify(token.value)).not.toBeNull();
    expect(tempid.keys()).toMatchObject([
      { role: 'mints', notAfter: null },
      { role: 'verifies', notAfter: end, verified: 1 },
    ]);

    await mount('..4', `${next}\n`);
    await nextLine();
    expect(await tempid.verify(token.value)).toBeNull();
  });

  it.each([
    ['is empty', ''],
    ['was cut off', 'abcdef'],
    ['has too much in a line', `${newSecret()} 2030-01-01 ${newSecret()}\n`],
    ['has an end that is none', `${newSecret()} soon\n`],
  ])('SecretFile keeps the secrets where the file %s', async (_, text) => {
    await mount('..1', `${newSecret()}\n`);
    const tempid = await start();
    const token = await tempid.mint();
    await mount('..2', text);
    expect(await nextLine()).toContain('The secrets cannot be refreshed');
    expect(await tempid.verify(token.value)).not.toBeNull();
  });

  it('SecretFile keeps the secrets where the file is gone', async () => {
    await mount('..1', `${newSecret()}\n`);
    const tempid = await start();
    await rm(join(directory, '..data'));
    expect(await nextLine()).toContain('ENOENT');
    expect(tempid.keys()).toHaveLength(1);
  });
});

describe('KmsSecrets', () => {
  const masterKey = randomBytes(32);

  /** A KMS over HTTP: it decrypts what it has encrypted, and gives its key to nobody. */
  const server: Server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const sealed = Buffer.concat(chunks);
      const decipher = createDecipheriv('aes-256-gcm', masterKey, sealed.subarray(0, 12));
      decipher.setAuthTag(sealed.subarray(12, 28));
      response.end(Buffer.concat([decipher.update(sealed.subarray(28)), decipher.final()]));
    })().catch(() => response.writeHead(400).end());
  });

  const seal = (secret: Buffer) => {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', masterKey, nonce);
    const ciphertext = Buffer.concat([cipher.update(secret), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), ciphertext]).toString('base64');
  };

  class HttpKms extends Kms {
    override async decrypt(body: Buffer, signal: AbortSignal): Promise<Uint8Array> {
      const { port } = server.address() as AddressInfo;
      const url = `http://127.0.0.1:${port}/decrypt`;
      const response = await fetch(url, { method: 'POST', body: new Uint8Array(body), signal });
      if (!response.ok) throw new Error(`the KMS answered ${response.status}`);
      return new Uint8Array(await response.arrayBuffer());
    }
  }

  let stored = [seal(randomBytes(32))];

  class Settings extends EncryptedSecrets {
    override async list(): Promise<readonly string[]> {
      return stored;
    }
  }

  @Global()
  @Module({
    providers: [
      { provide: Kms, useClass: HttpKms },
      { provide: EncryptedSecrets, useClass: Settings },
    ],
    exports: [Kms, EncryptedSecrets],
  })
  class KmsModule {}

  beforeEach(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it('KmsSecrets are decrypted at the start and again, and stay while the KMS refuses', async () => {
    const imports = [KmsModule, TempIDModule.forRoot({ secret: KmsSecrets })];
    module = await Test.createTestingModule({ imports }).compile();
    const tempid = (await module.init()).get(TempIDService);
    const token = await tempid.mint();

    stored = [seal(randomBytes(32)), ...stored];
    expect(await nextLine()).toMatch(/\S+ mints, \S+ verifies\.$/);
    expect(await tempid.verify(token.value)).not.toBeNull();

    stored = [Buffer.from('not of this KMS').toString('base64')];
    expect(await nextLine()).toContain('The secrets cannot be refreshed');
    expect(await tempid.verify(token.value)).not.toBeNull();
  });
});

import { type DynamicModule, Logger, type Type } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterEach, beforeEach, jest } from '@jest/globals';
import {
  type SecretOption,
  type SecretProvider,
  TempIDModule,
  TempIDService,
} from '../../src/index.js';
import type { TempIDRootOptions } from '../../src/tempid.module.js';
import { Keyring } from '../../src/keys/keyring.js';
import { resolveSecrets } from '../../src/keys/secrets.js';

export const OLD = 'old-hunter2-'.repeat(4);
export const NEW = 'new-hunter2-'.repeat(4);
export const NEWEST = 'newest-hunter2-'.repeat(4);
export const NOW = Date.parse('2026-01-01T12:00:00Z');
export const MINUTE = 60_000;

export const kidOf = (secret: string) => new Keyring(resolveSecrets(secret)).report()[0]?.kid;

/** Secrets that a test changes. Each answer waits for a turn, as that of a server does. */
export class Vault implements SecretProvider {
  refreshInterval: SecretProvider['refreshInterval'] = '1m';
  asked = 0;
  signals: AbortSignal[] = [];

  constructor(public answer: SecretOption | Error | Promise<SecretOption>) {}

  async getSecrets(signal: AbortSignal): Promise<SecretOption> {
    this.asked++;
    this.signals.push(signal);
    await Promise.resolve();
    if (this.answer instanceof Error) throw this.answer;
    return this.answer;
  }
}

/** A vault that tells of a change. */
export class Announcing extends Vault {
  override refreshInterval = undefined;
  listeners = new Set<() => void>();

  onChange(changed: () => void): () => void {
    this.listeners.add(changed);
    return () => this.listeners.delete(changed);
  }

  announce(): void {
    for (const changed of this.listeners) changed();
  }
}

export const started: TestingModule[] = [];
export const logged: string[] = [];

export async function compile(...imports: (DynamicModule | Type)[]): Promise<TempIDService> {
  const module = await Test.createTestingModule({ imports }).compile();
  started.push(module);
  return (await module.init()).get(TempIDService);
}

export function start(options: TempIDRootOptions): Promise<TempIDService> {
  return compile(TempIDModule.forRoot(options));
}

export const rolesOf = (tempid: TempIDService) => tempid.keys().map(({ kid, role }) => [kid, role]);

beforeEach(() => {
  jest.useFakeTimers({ now: NOW, doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
  for (const level of ['log', 'warn', 'error'] as const) {
    jest.spyOn(Logger.prototype, level).mockImplementation((message: unknown) => {
      const line = `${level}: ${String(message)}`;
      if (!line.endsWith('dependencies initialized')) logged.push(line);
    });
  }
});

afterEach(async () => {
  for (const module of started.splice(0)) await module.close();
  if (logged.some((line) => line.includes('hunter2'))) throw new Error('a secret was logged');
  logged.length = 0;
  jest.restoreAllMocks();
  jest.useRealTimers();
});

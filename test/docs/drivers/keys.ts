import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { expect } from '@jest/globals';
import type { Type } from '@nestjs/common';
import type { KeyReport } from 'nestjs-tempid';
import type { Questions } from './questions.js';

export const keys: Readonly<Record<string, Questions>> = {
  'app.module.ts': {
    'has a new secret of the file in use after a signal': async ({ tempid }) => {
      const file = process.env['SECRET_FILE'] ?? '';
      const [old] = tempid.keys();
      writeFileSync(file, `${'0123456789'.repeat(4)}\n${readFileSync(file, 'utf8')}`);
      process.emit('SIGHUP', 'SIGHUP'); // that of Jest, which no signal reaches
      while (tempid.keys().length < 2) await setTimeout(5);
      expect(tempid.keys().map(({ role }) => role)).toEqual(['mints', 'verifies']);
      expect(tempid.keys()[1]?.kid).toBe(old?.kid);
    },
  },
  'vault.ts': {
    'has both secrets of the vault, and mints by the first': async ({ tempid }) => {
      expect(tempid.keys().map(({ role }) => role)).toEqual(['mints', 'verifies']);
      expect(await tempid.verify((await tempid.mint()).value)).not.toBeNull();
    },
  },
  'old-secrets.ts': {
    'names no secret that mints': async (example) => {
      const secrets = example.find(example.exports['OldSecrets'] as Type<{ inUse(): KeyReport[] }>);
      await example.tempid.verify((await example.tempid.mint()).value);
      expect(example.tempid.keys()).toHaveLength(1);
      expect(secrets.inUse()).toEqual([]);
    },
  },
};

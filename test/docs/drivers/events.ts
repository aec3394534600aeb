import { expect } from '@jest/globals';
import type { Type } from '@nestjs/common';
import type { TempIDEvent } from 'nestjs-tempid';
import type { Questions } from './questions.js';

export const events: Readonly<Record<string, Questions>> = {
  'bridge.ts': {
    'hands what happens to the listeners of @nestjs/event-emitter': async (example) => {
      const { tempid, exports } = example;
      const token = await tempid.mint({ purpose: 'invite', maxUses: 1 });
      for (const isFirst of [true, false]) {
        expect(await tempid.use(token.value, { purpose: 'invite' })).toBe(isFirst);
      }
      await new Promise(setImmediate);
      const LeakedLinks = exports['LeakedLinks'] as Type<{ readonly seen: TempIDEvent[] }>;
      const { seen } = example.find(LeakedLinks);
      expect(seen).toMatchObject([{ type: 'refused', code: 'TEMPID_EXHAUSTED', id: token.id }]);
    },
  },
};

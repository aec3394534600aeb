import { expect } from '@jest/globals';
import type { Questions } from './questions.js';

const statusOf = async (url: string, init?: RequestInit) => (await fetch(url, init)).status;
const POST = { method: 'POST' };

export const guards: Readonly<Record<string, Questions>> = {
  'team.controller.ts': {
    'looks without a use, and joins by one': async ({ url, tempid }) => {
      const payload = { teamId: 7 };
      const token = await tempid.mint({ purpose: 'invite', maxUses: 1, payload });
      const address = tempid.link(`${url}/team`, token);
      expect(await (await fetch(address)).json()).toEqual({ opensFor: expect.any(String) });
      expect(await (await fetch(address, POST)).json()).toEqual({ teamId: 7 });
      expect([await statusOf(address, POST), await statusOf(address)]).toEqual([401, 401]);
    },
  },
  'invites.controller.ts': {
    'finds the token where the route says, and nowhere else': async ({ url, tempid }) => {
      const { value } = await tempid.mint({ purpose: 'invite' });
      const headers = { 'X-Invite': value };
      const statuses = [
        await statusOf(`${url}/invites/one?invite=${value}`, POST),
        await statusOf(`${url}/invites/one`, { ...POST, headers }),
        await statusOf(`${url}/invites/one?token=${value}`, POST),
      ];
      expect(statuses).toEqual([201, 201, 401]);
      const body = JSON.stringify({ form: { ticket: value } });
      const json = { ...POST, headers: { 'content-type': 'application/json' }, body };
      expect(await statusOf(`${url}/invites/two`, json)).toBe(201);
    },
  },
  'file.controller.ts': {
    'gives the rest of a file without another use': async ({ url, tempid }) => {
      const token = await tempid.mint({ purpose: 'download', maxUses: 1 });
      const address = tempid.link(`${url}/file`, token);
      const whole = await (await fetch(address)).text();
      const rest = await fetch(address, { headers: { range: 'bytes=10-' } });
      expect(rest.status).toBe(206);
      const { length } = Buffer.from(whole);
      expect(rest.headers.get('content-range')).toBe(`bytes 10-${length - 1}/${length}`);
      expect(await rest.text()).toBe(whole.slice(10));
      expect(await statusOf(address)).toBe(401);
    },
  },
  'reset.guard.ts': {
    'asks for what the token is bound to': async ({ url, tempid }) => {
      const bound = { purpose: 'password-reset', subject: '7', maxUses: 1 };
      const token = await tempid.mint({ ...bound, boundTo: 'hash of 7' });
      const stale = await tempid.mint({ ...bound, boundTo: 'an older hash' });
      expect(await statusOf(tempid.link(`${url}/reset`, stale), POST)).toBe(401);
      expect(await statusOf(tempid.link(`${url}/reset`, token), POST)).toBe(201);
    },
  },
};

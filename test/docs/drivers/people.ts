import { expect } from '@jest/globals';
import type { Questions } from './questions.js';

const answerOf = async (url: string, init: RequestInit = {}) => {
  const response = await fetch(url, init);
  const body: unknown = await response.json();
  return { status: response.status, body };
};
const post = (headers: Record<string, string> = {}, body?: object): RequestInit => ({
  method: 'POST',
  headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
  ...(body && { body: JSON.stringify(body) }),
});

export const people: Readonly<Record<string, Questions>> = {
  'team-invite.controller.ts': {
    'lets each user in once, and says who joined': async ({ url, tempid }) => {
      const token = await tempid.mint({ purpose: 'invite', maxUses: 2 });
      const join = async (user?: string) => {
        const init = post(user === undefined ? {} : { 'x-user': user });
        return (await answerOf(tempid.link(`${url}/team/join`, token), init)).status;
      };
      const users = ['7', '7', '8', '9', '8', undefined];
      const statuses = [];
      for (const user of users) statuses.push(await join(user));
      expect(statuses).toEqual([201, 409, 201, 401, 409, 403]);
      const joined = await answerOf(tempid.link(`${url}/team/joined`, token));
      const at = expect.any(String);
      expect(joined.body).toEqual([
        { user: '7', at },
        { user: '8', at },
      ]);
    },
  },
  'report.controller.ts': {
    'gives the report three times to each, also where they ask at once': async (example) => {
      const { url, tempid } = example;
      const address = tempid.link(`${url}/report`, await tempid.mint({ purpose: 'report' }));
      for (const user of ['7', '8']) {
        const asks = Array.from({ length: 10 }, () =>
          answerOf(address, { headers: { 'x-user': user } }),
        );
        const statuses = (await Promise.all(asks)).map(({ status }) => status);
        expect(statuses.toSorted((a, b) => a - b)).toEqual([
          ...Array(3).fill(200),
          ...Array(7).fill(403),
        ]);
      }
    },
  },
  'voucher.controller.ts': {
    'answers the same order to the same key, and refuses another one': async ({ url, tempid }) => {
      const token = await tempid.mint({ purpose: 'voucher', maxUses: 1 });
      const address = tempid.link(`${url}/voucher`, token);
      const redeem = (key: string) => answerOf(address, post({ 'idempotency-key': key }));
      const order = expect.any(String);
      const first = await redeem('a');
      expect(first).toEqual({ status: 201, body: { order, repeated: false } });
      expect(await redeem('a')).toEqual({
        status: 201,
        body: { ...(first.body as object), repeated: true },
      });
      expect((await redeem('b')).status).toBe(401);
      expect((await answerOf(address, post())).body).toMatchObject({ code: 'TEMPID_SCOPE' });
    },
  },
  'new-password.controller.ts': {
    'lets the same form through again, and no other': async ({ url, tempid }) => {
      const { value: token } = await tempid.mint({ purpose: 'password-reset', maxUses: 1 });
      const change = async (password: string) =>
        (await answerOf(`${url}/new-password`, post({}, { token, password }))).status;
      expect([await change('long'), await change('long'), await change('other')]).toEqual([
        201, 201, 401,
      ]);
    },
  },
};

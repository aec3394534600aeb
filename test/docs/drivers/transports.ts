import { once } from 'node:events';
import { expect, jest } from '@jest/globals';
import type { ExecutionContext, INestApplication } from '@nestjs/common';
import { ClientProxyFactory, type ClientProxy, Transport } from '@nestjs/microservices';
import type { TempIDExtractor, TempIDService } from 'nestjs-tempid';
import type { Socket } from 'socket.io-client';
import { json } from '../../support/http.js';
import type { Questions } from './questions.js';

/** What an example that runs later prints, as soon as it has. */
async function printed(lines: number): Promise<unknown[]> {
  const { calls } = jest.mocked(console.log).mock;
  while (calls.length < lines) await new Promise(setImmediate);
  return calls.map(([line]) => line);
}

const tokenOf = async (tempid: TempIDService, options: Parameters<TempIDService['mint']>[0]) =>
  (await tempid.mint(options)).value;

export const transports: Readonly<Record<string, Questions>> = {
  'extractors.ts': {
    'finds the token of an input, and that of a client': async ({ exports }) => {
      const [fromInput, fromClient] = [exports['fromInput'], exports['fromClient']] as [
        TempIDExtractor,
        TempIDExtractor,
      ];
      const context = { switchToWs: () => ({ getClient: () => ({ token: 'of the client' }) }) };
      const body = { input: { token: 'of the input' } };
      expect(fromInput({ headers: {}, body }, context as ExecutionContext)).toBe('of the input');
      expect(fromInput({ headers: {} }, context as ExecutionContext)).toBeUndefined();
      expect(fromClient({ headers: {} }, context as ExecutionContext)).toBe('of the client');
    },
  },
  'all-exceptions.filter.ts': {
    'tells an error of ours by its code, and no other': async ({ exports }) => {
      const app = await (exports['start'] as () => Promise<INestApplication>)();
      const url = await app.getUrl();
      const ours = await fetch(`${url}/join`, json({}));
      expect([ours.status, await ours.json()]).toMatchObject([401, { code: 'TEMPID_FORMAT' }]);
      const other = await fetch(`${url}/join/broken`, json({}));
      expect([other.status, await other.text()]).toEqual([500, 'Not our day.']);
    },
  },
  'invite.resolver.ts': {
    'spends one use a field': async ({ url, tempid }) => {
      const token = await tokenOf(tempid, {
        purpose: 'invite',
        maxUses: 2,
        payload: { teamId: 7 },
      });
      const query = `mutation ($token: String) { a: join(token: $token) b: join(token: $token) c: join(token: $token) }`;
      const response = await fetch(`${url}/graphql`, json({ query, variables: { token } }));
      expect(await response.json()).toMatchObject({
        errors: [{ path: ['c'], extensions: { code: 'TEMPID_EXHAUSTED' } }],
      });
    },
  },
  'board.gateway.ts': {
    'lets the client of the page draw, and tells a bad token': async (example) => {
      const { openBoard } = (await example.sibling('board.client.ts')) as {
        openBoard(url: string, token: string): Socket;
      };
      const payload = { boardId: 'b1' };
      const token = await tokenOf(example.tempid, { purpose: 'board', payload });
      const socket = openBoard(example.url, token);
      socket.emit('draw', { line: [0, 0, 1, 1] });
      expect(await once(socket as never, 'drawn')).toEqual([1]);
      socket.disconnect();

      jest.mocked(console.log).mockClear();
      const stranger = openBoard(example.url, 'garbage');
      stranger.emit('draw', { line: [] });
      expect(await printed(1)).toEqual([expect.stringContaining('TEMPID_FORMAT: ')]);
      stranger.disconnect();
    },
  },
  'reports.controller.ts': {
    'sends the client of the page a report once': async (example) => {
      const { printReport } = (await example.sibling('reports.client.ts')) as {
        printReport(client: ClientProxy, token: string): void;
      };
      const options = { host: '127.0.0.1', port: 0 };
      const server = example.app.connectMicroservice({ transport: Transport.TCP, options });
      await example.app.startAllMicroservices();
      const { port } = server.unwrap<{ address(): { port: number } }>().address();
      const client = ClientProxyFactory.create({
        transport: Transport.TCP,
        options: { host: '127.0.0.1', port },
      });
      const payload = { month: 'May' };
      const token = await tokenOf(example.tempid, { purpose: 'report', maxUses: 1, payload });

      jest.mocked(console.log).mockClear();
      printReport(client, token);
      expect(await printed(2)).toEqual(['May: 3 orders', 'May: 4 returns']);
      printReport(client, token);
      expect((await printed(3))[2]).toMatch(/^TEMPID_EXHAUSTED: /);
      client.close();
    },
  },
};

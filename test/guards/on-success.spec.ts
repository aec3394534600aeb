import { request } from 'node:http';
import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { MemoryTempIDStore } from '../../src/index.js';
import { concurrently } from '../../src/testing/support.js';
import { PLATFORMS, type RunningApp, startApp } from '../support/http.js';
import { TokenHolder } from '../support/token-holder.js';
import { gate, OnSuccessController, OnSuccessOfClassController } from './on-success.controller.js';
import {
  DryRunGuard,
  LookingGuard,
  OnSuccessByItself,
  OtherGuard,
  OwnSpendingGuard,
  timeout,
} from './on-success.obstacles.js';

describe.each(PLATFORMS)('a use with consume on success on %s', (platform) => {
  let running: RunningApp;
  const holder = (maxUses = 1) => TokenHolder.with(running, maxUses);

  beforeAll(async () => {
    running = await startApp(platform, [OnSuccessController, OnSuccessOfClassController], {}, [
      OnSuccessByItself,
      OtherGuard,
      DryRunGuard,
      LookingGuard,
      OwnSpendingGuard,
    ]);
  });

  afterAll(() => running.app.close());

  it('a use on success is counted where the request succeeds', async () => {
    const ada = await holder();
    expect(await ada.post('/piped', { number: 3 })).toBe(201);
    expect(await ada.post('/piped', { number: 3 })).toBe(401);
    expect(await ada.used()).toBe(1);
  });

  it.each([
    ['a pipe refuses', '/piped', 400],
    ['the handler throws', '/throws', 500],
    ['the handler throws, and its class is decorated', '/class/throws', 400],
    ['the handler throws, and a filter answers with success', '/filtered', 200],
  ])('a use on success is refunded before the answer where %s', async (_, path, status) => {
    const ada = await holder();
    expect(await ada.post(path, { number: 'many' })).toBe(status);
    expect(await ada.used()).toBe(0);
    expect(await ada.post('/consume')).toBe(201);
  });

  it.each([
    ['the handler returns with a status that is no success', '/status', 422],
    ['a guard that comes after refuses', '/guard', 403],
    ['an interceptor around throws before the handler', '/before', 400],
    ['an interceptor around throws after the handler', '/after', 400],
  ])('a use on success is refunded with the answer where %s', async (_, path, status) => {
    const ada = await holder();
    expect(await ada.post(path)).toBe(status);
    await ada.usedInTheEnd(0);
    expect(await ada.post('/consume')).toBe(201);
  });

  it.each([
    ['an interceptor answers without the handler', '/cached', 201],
    ['the handler has answered by itself, whatever the status', '/itself', 406],
  ])('a use on success stays counted where %s', async (_, path, status) => {
    const ada = await holder();
    expect(await ada.post(path)).toBe(status);
    expect(await ada.post(path)).toBe(401);
    expect(await ada.used()).toBe(1);
  });

  it('a use on success stays counted where a part of the answer was sent before the handler failed', async () => {
    const ada = await holder();
    const { body } = await running.send(`/stream?token=${ada.token}`);
    expect(body).toContain('data: done');
    expect((await running.send(`/stream?token=${ada.token}`)).status).toBe(401);
    expect(await ada.used()).toBe(1);
  });

  it('a use on success belongs to one request as long as it runs', async () => {
    const ada = await holder();
    gate.shut();
    const first = ada.post('/slow', { fail: true });
    await gate.arrival();
    expect(await concurrently(20, () => ada.post('/slow'))).toEqual(Array(20).fill(401));
    gate.open();
    expect(await first).toBe(400);
    expect(await ada.post('/slow')).toBe(201);
    expect(await ada.post('/slow')).toBe(401);
  });

  it('a use on success stays counted where the client hangs up and the handler succeeds', async () => {
    const ada = await holder();
    gate.shut();
    const client = request(`${running.url}/slow?token=${ada.token}`, { method: 'POST' });
    client.on('error', () => {});
    client.end();
    await gate.arrival();
    const gone = new Promise((resolve) => client.on('close', resolve));
    client.destroy();
    await gone;
    expect(await ada.post('/slow')).toBe(401);
    gate.open();
    await gate.departure();
    expect(await ada.post('/slow')).toBe(401);
    expect(await ada.used()).toBe(1);
  });

  it('a use on success is refunded where the client hangs up and the handler throws', async () => {
    const ada = await holder();
    gate.shut();
    const client = request(`${running.url}/slow?token=${ada.token}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
    });
    client.on('error', () => {});
    client.end('{"fail":true}');
    await gate.arrival();
    client.destroy();
    gate.open();
    await ada.usedInTheEnd(0);
    expect(await ada.post('/consume')).toBe(201);
  });

  it.each(['/other-guard', '/looking-guard'])(
    'a use on success is counted once by the two guards of %s',
    async (path) => {
      const ada = await holder();
      expect(await ada.post(path)).toBe(201);
      expect(await ada.used()).toBe(1);
      expect(await ada.post(path)).toBe(401);
    },
  );

  it('a use on success is not refunded where the guard has not used the token', async () => {
    const ada = await holder(1);
    for (let time = 0; time < 3; time++) {
      expect(await ada.post('/dry-run', { dry: true, fail: true })).toBe(400);
      expect(await ada.used()).toBe(0);
    }
    expect(await ada.post('/dry-run', {})).toBe(201);
    expect(await ada.post('/dry-run', { dry: true, fail: true })).toBe(400);
    expect(await ada.used()).toBe(1);
    expect(await ada.post('/dry-run', {})).toBe(401);
  });

  it.each(['/looking-guard-on-success', '/own-guard', '/own-guard-and-other'])(
    'a use on success is refunded once by the guards of %s, and only what this request has used',
    async (path) => {
      const ada = await holder(2);
      expect(await ada.post(path, {})).toBe(201);
      expect(await ada.used()).toBe(1);
      for (let time = 0; time < 3; time++) {
        expect(await ada.post(path, { fail: true })).toBe(400);
        await ada.usedInTheEnd(1);
      }
      expect(await ada.post(path, {})).toBe(201);
      expect(await ada.post(path, {})).toBe(401);
    },
  );

  it.each([
    ['gives up a handler that then succeeds', '/class/given-up', 408],
    ['gives up a handler between two of its values', '/values', 408],
    ['runs the handler again, and only the second run throws', '/twice', 400],
  ])('a use on success stays counted where an interceptor %s', async (_, path, status) => {
    const ada = await holder();
    gate.shut();
    timeout.shut();
    const givenUp = ada.post(path);
    await gate.arrival();
    timeout.open();
    expect(await givenUp).toBe(status);
    expect(await ada.post('/consume')).toBe(401);
    gate.open();
    await gate.departure();
    expect(await ada.post('/consume')).toBe(401);
    expect(await ada.used()).toBe(1);
  });

  it('never do more requests succeed than there are uses, whatever else fails', async () => {
    const ada = await holder(10);
    const statuses = await concurrently(200, (index) =>
      ada.post('/piped', { number: index % 2 ? 'many' : index }),
    );
    const succeeded = statuses.filter((status) => status === 201).length;
    expect(succeeded).toBeLessThanOrEqual(10);
    expect(await ada.used()).toBe(succeeded);
  });

  it('a guard on a route without the decorator is refused a use on success, and nothing is counted', async () => {
    const ada = await holder();
    expect(await ada.post('/undecorated')).toBe(500);
    expect(await ada.used()).toBe(0);
  });
});

describe('a store that breaks before uses are refunded', () => {
  class WithoutRefunds extends MemoryTempIDStore {
    override async refund(): Promise<void> {
      throw new Error('no connection');
    }
  }

  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('a store that breaks before uses are refunded leaves them counted, and one line is logged for all requests', async () => {
    const running = await startApp('Express', [OnSuccessController], { store: WithoutRefunds });
    const error = jest.spyOn(Logger.prototype, 'error').mockReturnValue();
    const ada = await TokenHolder.with(running, 3);
    for (let time = 0; time < 3; time++) {
      expect(await ada.post('/piped', { number: 'many' })).toBe(400);
    }
    expect(await ada.used()).toBe(3);
    expect(error.mock.calls.map(String)).toEqual([
      expect.stringMatching(/^WithoutRefunds does not answer, .*: no connection$/),
    ]);
    await running.app.close();
  });
});

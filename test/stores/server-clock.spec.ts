import { afterEach, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { TypeOrmTempIDStore } from '../../src/stores/typeorm/index.js';
import { setClock } from '../support/clock.js';
import { describeDatabases } from '../support/databases.js';
import { openStore } from '../support/open-store.js';

describeDatabases('the start of a store', (connect, database) => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  const linesWithOurClock = async (difference: number) => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    const connection = await connect('clock');
    setClock(Date.now() + difference);
    const { close } = await openStore(TypeOrmTempIDStore, connection);
    await close();
    return warn.mock.calls.map(([line]) => String(line));
  };

  it.each([
    [7_200_000, /^The clock of the database's server is (2h 0m|1h 59m) behind ours/],
    [-7_200_000, /^The clock of the database's server is 2h 0m ahead of ours/],
  ])('the start warns in one line of a server clock that differs by %d ms', async (ours, line) => {
    const lines = await linesWithOurClock(ours);
    // SQLite has no server, and no clock but ours.
    expect(lines.join('\n')).toMatch(database === 'SQLite' ? /^$/ : line);
    expect(lines.length).toBeLessThanOrEqual(1);
  });

  it('the start warns of the server clock once, though the table is missing and asked for again', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    jest.spyOn(Logger.prototype, 'error').mockReturnValue();
    const connection = { ...(await connect('clock_alone')), synchronize: false };
    setClock(Date.now() + 7_200_000);
    const { store, close } = await openStore(TypeOrmTempIDStore, connection);
    await expect(store.used('id')).rejects.toThrow('its table is missing');
    await expect(store.used('id')).rejects.toThrow('its table is missing');
    expect(warn).toHaveBeenCalledTimes(database === 'SQLite' ? 0 : 1);
    await close();
  });

  it.each([0, 45_000, -45_000])(
    'the start does not warn of a server clock that differs by %d ms',
    async (ours) => {
      expect(await linesWithOurClock(ours)).toEqual([]);
    },
  );
});

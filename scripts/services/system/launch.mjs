import { basename } from 'node:path';
import { spawnServer } from './spawn-server.mjs';
import { eventually } from './wait.mjs';

/**
 * Starts a server, gives its stop to `defer`, and gives `kill()`, a crash, and `restart()`, the same
 * command again. Each resolves when that is done: the server is ready, or gone with its children.
 */
export async function launch(server, defer) {
  let running = await start(server);
  let restarting;
  const startAgain = async () => {
    await running.stop();
    running = await start(server);
  };
  defer(async () => {
    // A failure is for whoever asked for the restart.
    await Promise.allSettled([restarting]);
    await running.stop();
  });
  return {
    kill: () => running.kill(),
    restart: () => (restarting = startAgain()),
  };
}

/** Waits until `ready` no longer throws. */
async function start({ ready, ...program }) {
  const server = spawnServer(program);
  let obstacle;
  try {
    await eventually(ready, server.isRunning);
    // Whoever answers is not ours where ours has ended.
    if (server.isRunning()) return server;
  } catch (error) {
    obstacle = error;
  }
  const why = server.isRunning() ? `not ready: ${obstacle.message}` : 'ended at once';
  await server.stop();
  throw new Error(`${basename(program.command)} did not start (${why}): ${server.complaint()}`, {
    cause: obstacle,
  });
}

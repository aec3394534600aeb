import { inScratchDir } from '../services/system/scratch-dir.mjs';

/** An empty directory, `dir`, and `defer(undo)`; `stop()` undoes all, the last first, whoever calls it first. */
export async function openScope() {
  const { stop, ...scope } = await inScratchDir(async (dir, defer) => ({ dir, defer }));
  let stopped;
  return { ...scope, stop: () => (stopped ??= stop()) };
}

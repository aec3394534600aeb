import { Presets, SingleBar } from 'cli-progress';

const FORMAT =
  '{name} {bar} {percentage}% | {allowed} allowed, {refused} refused, {lost} in flight or lost | {phase}';

/** A bar where somebody looks at a terminal, and elsewhere a line for each phase. */
export const createProgress = (name) => (process.stderr.isTTY ? barOf(name) : linesOf(name));

function barOf(name) {
  const bar = new SingleBar(
    { format: FORMAT, barsize: 20, hideCursor: true, clearOnComplete: true },
    Presets.shades_classic,
  );
  bar.start(1, 0, { name, allowed: 0, refused: 0, lost: 0, phase: 'starting' });
  return {
    expect: (total) => bar.setTotal(total),
    say: (phase) => bar.update({ phase }),
    update: (value, totals) => bar.update(value, totals),
    stop: () => bar.stop(),
  };
}

function linesOf(name) {
  return {
    expect: () => {},
    say: (phase) => process.stderr.write(`${name}: ${phase}\n`),
    update: () => {},
    stop: () => {},
  };
}

/** The median, over rounds, of the microseconds that one call takes; the contestants take turns, so that both meet the same weather. */
export async function compare(contestants, { rounds = 41, calls = 2_000 } = {}) {
  const times = new Map(Object.keys(contestants).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, call] of Object.entries(contestants)) {
      const start = process.hrtime.bigint();
      for (let index = 0; index < calls; index++) await call(index);
      times.get(name).push(Number(process.hrtime.bigint() - start) / calls / 1_000);
    }
  }
  return Object.fromEntries([...times].map(([name, list]) => [name, median(list)]));
}

function median(list) {
  return list.toSorted((a, b) => a - b)[list.length >> 1];
}

/** One line of a report: a name, its microseconds, and what it is a multiple of. */
export function report(name, time, baseline, baselineName) {
  const ratio = (time / baseline).toFixed(2);
  console.log(`${name.padEnd(44)} ${time.toFixed(2).padStart(8)} µs   ${ratio} × ${baselineName}`);
}

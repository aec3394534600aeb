import { burst } from './burst.mjs';
import { crash } from './crash.mjs';
import { Crew } from './crew.mjs';
import { Tally } from './tally.mjs';
import { verdictOf, verdictOfCrowd } from './verdict.mjs';

const LOOK_EVERY_MS = 20;

/** One run on an open store: what the report says of it. */
export async function run(store, { uses, processes, kill, by, dir, defer, progress }) {
  const count = store.isOneProcess ? 1 : processes;
  const load = (kill ? crash : burst)({ uses, processes: count, by });
  const { limits, people, storeTimeout } = load;
  progress.expect(load.total);

  const crew = new Crew({ connection: store.connection, storeTimeout, by, dir, defer });
  progress.say(count === 1 ? 'a process connects' : `${count} processes connect`);
  await crew.start(count, limits, people);

  const tally = new Tally(limits.length * (people ?? 1));
  const look = () => {
    crew.readJournals((entry) => tally.add(entry));
    const { totals } = tally;
    progress.update(load.progressOf(totals), totals);
    return totals;
  };
  const looking = setInterval(look, LOOK_EVERY_MS);
  defer(() => clearInterval(looking));

  const start = performance.now();
  const { unspent } = await load.drive({
    crew,
    server: store.server,
    totals: look,
    say: progress.say,
  });
  const seconds = (performance.now() - start) / 1_000;
  clearInterval(looking);
  look();

  const facts = { limits, people, tally, unspent, used: await crew.count() };
  if (by) facts.users = await crew.users();
  return {
    name: store.name,
    note: store.note,
    ...tally.totals,
    p50: tally.percentile(0.5),
    p99: tally.percentile(0.99),
    seconds,
    reasons: tally.reasons,
    verdict: (by ? verdictOfCrowd : verdictOf)(facts, !kill),
  };
}

import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { FEWEST_USES } from './plan.mjs';
import { isPath, STORE_NAMES } from './stores.mjs';

const MOST_USES = 1_000_000;
const MOST_PROCESSES = 64;

export const HELP = `Uses tokens of maxUses 1, 50 and 255 from several processes at once, and counts what was allowed.

npm run stress -- [options]

  --store <name>         ${STORE_NAMES.join(', ')},
                         or the path of a module whose default export is a store of yours: a class that
                         extends TempIDStore, or what its register() returned. May be repeated.
                         Default: every store that can be had here.
  --uses <number>        How many uses, ${FEWEST_USES} or more, all in flight at once. With --kill: how many uses the tokens
                         have, of which 1,000 are in flight, or a tenth. Default: 10000.
  --processes <number>   How many processes use the tokens. memory is always one. Default: 4.
  --kill                 After a third of the uses, SIGKILL to the server, and a second later it is started again;
                         where there is no server (sqlite, a path), to one of the processes.
  --by                   200 people, each asking 20 times for one token of 50, all at once; with --kill for 20 such
                         tokens, five times each and once more at the end. --uses is not heeded.
  --help                 This.

Without --kill every token must be allowed exactly maxUses times, and no use may be lost. storeTimeout is 1m
there: with so many in line the count is the point, not the time. With --kill, where storeTimeout is what it is
by default, no token may be allowed more than maxUses times, nor more often than its store knows afterwards.

With --by a token must let exactly maxUses people in, each once, and the store must know who they are; with --kill
as well never more, and nobody twice. Who asks again is refused.

allowed and refused: what was answered. lost: what was not, because the store was unavailable or the process that
asked was killed; such a use may be spent. p50, p99: milliseconds until the answer, of those that were answered.

Exit code: 0 where all this holds, 1 where it does not or a store that was named cannot be had, 2 for a wrong option.`;

/**
 * The options of the command.
 *
 * @throws Error with one line that says what is wrong and what is right
 */
export function parseArguments(args) {
  const {
    store: names = [],
    uses,
    processes,
    kill = false,
    by = false,
    help = false,
  } = valuesOf(args);
  for (const name of names) expectStore(name);
  return {
    names: [...new Set(names)],
    uses: numberOf('uses', uses ?? '10000', [FEWEST_USES, MOST_USES]),
    processes: numberOf('processes', processes ?? '4', [1, MOST_PROCESSES]),
    kill,
    by,
    help,
  };
}

function valuesOf(args) {
  try {
    return parseArgs({
      args,
      options: {
        store: { type: 'string', multiple: true },
        uses: { type: 'string' },
        processes: { type: 'string' },
        kill: { type: 'boolean' },
        by: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    // Node goes on to explain how to pass what is no option.
    const [what] = error.message.split(/[.\n]/);
    throw new Error(
      `${what}; the options are --store <name>, --uses <number>, --processes <number>, --kill, --by and --help`,
      { cause: error },
    );
  }
}

function expectStore(name) {
  if (isPath(name)) {
    if (!existsSync(name)) throw new Error(`--store: there is no file ${name}`);
  } else if (!STORE_NAMES.includes(name)) {
    throw new Error(
      `--store: there is no store '${name}'; there are ${STORE_NAMES.join(', ')}, and a path such as ./my-store.mjs`,
    );
  }
}

function numberOf(option, text, [least, most]) {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= least && number <= most) return number;
  throw new Error(`--${option}: '${text}' is no whole number from ${least} to ${most}`);
}

// The program of a process that uses tokens; start-worker.mjs starts it and tells it what to do.
import { setTimeout as sleep } from 'node:timers/promises';
import {
  TempIDAlreadyUsedError,
  TempIDExhaustedError,
  TempIDStoreUnavailableError,
} from 'nestjs-tempid';
import { errorMessage } from '../services/advice.mjs';
import { openApplication } from './application.mjs';
import { openJournal } from './journal.mjs';
import { repeated } from './plan.mjs';
import { shuffled } from './shuffle.mjs';

/** Opens every connection of a pool. */
const WARM_UP_USES = 100;

/** As the guard's Retry-After asks. */
const RETRY_AFTER_MS = 1_000;

let tempid;
let journal;
let tokens;
/** How many use each token by their names; undefined where nobody says who they are. */
let people;

const commands = {
  async open({ journal: path, ...application }) {
    journal = openJournal(path);
    tempid = await openApplication(application);
  },

  async mint(limits) {
    const minted = await Promise.all(limits.map((maxUses) => tempid.mint({ maxUses })));
    return minted.map(({ value, maxUses }) => ({ value, maxUses }));
  },

  async take(given) {
    ({ tokens, people } = given);
  },

  async warmUp() {
    const { value } = await tempid.mint({ maxUses: 1 });
    await Promise.all(Array.from({ length: WARM_UP_USES }, () => tempid.use(value)));
  },

  /** All at once. */
  async burst(order) {
    await Promise.all(order.map(use));
  },

  /** Uses all tokens, `lanes` uses at a time, until each has refused; gives how many have not in time. */
  async spend({ lanes, seconds }) {
    const deadline = performance.now() + seconds * 1_000;
    const unspent = new Set(tokens.keys());
    const next = endless(unspent);
    const lane = async () => {
      while (unspent.size > 0 && performance.now() < deadline) {
        const token = next();
        const answer = await use(token);
        if (answer === 'refused') unspent.delete(token);
        else if (answer !== 'allowed') await sleep(RETRY_AFTER_MS);
      }
    };
    await Promise.all(Array.from({ length: lanes }, lane));
    return unspent.size;
  },

  /** Each of these once, `lanes` at a time. */
  async crowd({ lanes, order }) {
    const lane = async () => {
      while (order.length > 0) {
        if ((await use(order.pop())) === 'lost') await sleep(RETRY_AFTER_MS);
      }
    };
    await Promise.all(Array.from({ length: lanes }, lane));
    return 0;
  },

  /** Those who used each token, as the store knows them. */
  async users() {
    const users = [];
    for (const { value } of tokens) {
      const { items } = await tempid.usedBy(value, { limit: 1_000 });
      users.push(items.map(({ by }) => Number(by)));
    }
    return users;
  },

  async count() {
    const counts = [];
    // Thousands at once might not all be answered within storeTimeout.
    for (const { value } of tokens) counts.push((await tempid.usesInfo(value)).used);
    return counts;
  },
};

/** @param index of the token, or of one of the people of each token */
async function use(index) {
  journal.write('begun', index);
  const start = performance.now();
  const [token, by] = people ? [Math.floor(index / people), `${index % people}`] : [index];
  try {
    await tempid.useOrThrow(tokens[token].value, { ...(by && { by }) });
    return record('allowed', index, start);
  } catch (error) {
    const isRefused =
      error instanceof TempIDExhaustedError || error instanceof TempIDAlreadyUsedError;
    if (isRefused) return record('refused', index, start);
    if (error instanceof TempIDStoreUnavailableError) {
      return record('lost', index, start, errorMessage(error.cause ?? error));
    }
    return record('failed', index, start, String(error));
  }
}

function record(answer, index, start, reason) {
  journal.write(answer, index, performance.now() - start, reason);
  return answer;
}

/**
 * Gives the tokens that are left again and again in random order, each as often as it has uses: so
 * all have about the same share of them left, whenever the server is killed.
 */
function endless(unspent) {
  let order = [];
  return () => {
    for (;;) {
      if (order.length === 0) {
        order = shuffled(repeated(tokens.map(({ maxUses }) => maxUses)));
      }
      const token = order.pop();
      if (unspent.has(token)) return token;
    }
  };
}

process.on('message', async ({ command, argument }) => {
  try {
    process.send({ result: await commands[command](argument) });
  } catch (error) {
    process.send({ error: String(error) });
  }
});

// Whoever started us is gone.
process.on('disconnect', () => process.exit());

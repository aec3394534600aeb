import { shuffled } from './shuffle.mjs';

const LIMITS = [1, 50, 255];

/** Enough for one token of each limit, with some uses over. */
export const FEWEST_USES = 400;

/** How many more uses than it has are asked of a token that is one of many. */
const OVER = 50;

const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);

/**
 * `limits`: the maxUses of each token. `order`: which token each use is of. Half of all uses crowd on
 * the first token of each limit, for the contention on one row or key; the others are spread.
 */
export function planBurst(uses) {
  const groupSize = sum(LIMITS.map((limit) => limit + OVER));
  const scopes = Math.floor(uses / 2 / groupSize);
  const crowding = uses - scopes * groupSize - sum(LIMITS);
  const share = Math.floor(crowding / LIMITS.length);

  const limits = [LIMITS, ...Array.from({ length: scopes }, () => LIMITS)].flat();
  const asked = limits.map((limit, index) => limit + (index < LIMITS.length ? share : OVER));
  asked[0] += crowding - share * LIMITS.length;
  return { limits, order: shuffled(repeated(asked)) };
}

/** The maxUses of tokens that have about so many uses together. */
export function planSpending(uses) {
  const scopes = Math.floor(uses / sum(LIMITS));
  return { limits: Array.from({ length: scopes }, () => LIMITS).flat() };
}

/** How many want to use each token of {@link planCrowd}. */
const PEOPLE = 200;
const CROWD_LIMIT = 50;

/**
 * As {@link planBurst}, for tokens that each of `people` wants to use so many times: in `order` each of them has an
 * index, `people` for the first token, as many for the second.
 */
export function planCrowd({ tokens, times }) {
  const limits = Array.from({ length: tokens }, () => CROWD_LIMIT);
  const asked = Array.from({ length: tokens * PEOPLE }, () => times);
  return { limits, people: PEOPLE, order: shuffled(repeated(asked)) };
}

/** Each index as often as its number says. */
export const repeated = (numbers) =>
  numbers.flatMap((number, index) => Array.from({ length: number }, () => index));

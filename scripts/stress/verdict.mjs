/**
 * What a run shows. No token may be allowed more than maxUses times, and the store must have every use that
 * it allowed, and none that nobody asked for; where nothing was killed all must be exact.
 */
export function verdictOf(facts, isExact) {
  const problem = problemOf(facts) ?? (isExact ? inexactness(facts) : null);
  if (problem) return { isGood: false, text: `BROKEN: ${problem}` };
  return { isGood: true, text: isExact ? 'exact' : 'never more than maxUses' };
}

/**
 * As {@link verdictOf}, where people use tokens by their names: no token may let more than maxUses of them in, and
 * nobody twice, and the store must know those whom it let in, each by one use.
 */
export function verdictOfCrowd(facts, isExact) {
  const problem = crowdProblemOf(facts) ?? (isExact ? crowdInexactness(facts) : null);
  if (problem) return { isGood: false, text: `BROKEN: ${problem}` };
  return { isGood: true, text: isExact ? 'exact' : 'never more than maxUses people' };
}

function crowdProblemOf({ limits, people, tally, used, users }) {
  if (tally.failures.length > 0) return tally.failures[0];
  for (const [token, limit] of limits.entries()) {
    const isIn = (person) => tally.allowedOf(token * people + person) > 0;
    const all = Array.from({ length: people }, (_, person) => person);
    const twice = all.find((person) => tally.allowedOf(token * people + person) > 1);
    if (twice !== undefined)
      return `one was let in ${tally.allowedOf(token * people + twice)} times`;
    const letIn = all.filter(isIn);
    if (letIn.length > limit) return `token with ${limit} let ${letIn.length} people in`;
    if (used[token] > limit || used[token] !== users[token].length) {
      return `token with ${limit} has ${used[token]} uses by ${users[token].length} people`;
    }
    if (letIn.some((person) => !users[token].includes(person))) {
      return 'one was let in whom the store does not know';
    }
    // Of those whose answer was lost some may be in.
    const lost = (person) => tally.lostOf(token * people + person) > 0;
    if (users[token].some((person) => !isIn(person) && !lost(person))) {
      return 'the store has one who was refused';
    }
  }
  return null;
}

/** Where nothing was killed. */
function crowdInexactness({ limits, tally, used }) {
  const { lost } = tally.totals;
  if (lost > 0) return `${lost} uses were lost`;
  const under = find(limits, (limit, token) => used[token] !== limit);
  return under && `token with ${under.limit} let ${used[under.token]} people in`;
}

function problemOf({ limits, tally, used, unspent }) {
  const over = find(limits, (limit, token) => tally.allowedOf(token) > limit);
  if (over) return wasAllowed(over, tally);
  if (tally.failures.length > 0) return tally.failures[0];

  const forgotten = find(limits, (_, token) => used[token] < tally.allowedOf(token));
  if (forgotten) return wasAllowed(forgotten, tally, used);

  // Of those that were lost each may be spent, but once.
  const mostSpent = (token) => tally.allowedOf(token) + tally.lostOf(token);
  const spentForNobody = find(limits, (_, token) => used[token] > mostSpent(token));
  if (spentForNobody) return wasAllowed(spentForNobody, tally, used);
  return unspent > 0 ? `${unspent} tokens were not spent in time` : null;
}

/** Where nothing was killed. */
function inexactness({ limits, tally, used }) {
  const { lost } = tally.totals;
  if (lost > 0) return `${lost} uses were lost`;
  const under = find(limits, (limit, token) => tally.allowedOf(token) !== limit);
  if (under) return wasAllowed(under, tally);
  const other = find(limits, (limit, token) => used[token] !== limit);
  return other && wasAllowed(other, tally, used);
}

function find(limits, isWrong) {
  const token = limits.findIndex(isWrong);
  return token < 0 ? null : { token, limit: limits[token] };
}

function wasAllowed({ token, limit }, tally, used) {
  const allowed = `token with ${limit} was allowed ${tally.allowedOf(token)} times`;
  if (!used) return allowed;
  return `${allowed}, ${tally.lostOf(token)} were lost, and the store has ${used[token]}`;
}

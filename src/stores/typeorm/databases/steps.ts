import type { Outcome, Statement, Steps } from './statement.js';

const NOTHING: Outcome = { rows: [], affected: 0, insertId: 0 };
const COMMIT: Statement = { sql: 'COMMIT', parameters: [] };
const ROLLBACK: Statement = { sql: 'ROLLBACK', parameters: [] };

export function isEnd(statement: Statement): boolean {
  return statement === COMMIT || statement === ROLLBACK;
}

/** Runs steps one after another. */
export async function runSteps<Result>(
  steps: Steps<Result>,
  run: (statement: Statement) => Promise<Outcome>,
): Promise<Result> {
  let step = steps.next();
  while (!step.done) {
    const [answer] = await Promise.allSettled([run(step.value)]);
    step = answer.status === 'fulfilled' ? steps.next(answer.value) : steps.throw(answer.reason);
  }
  return step.value;
}

/** As {@link runSteps}, in one turn of the event loop. */
export function runStepsNow<Result>(
  steps: Steps<Result>,
  run: (statement: Statement) => Outcome,
): Result {
  let step = steps.next();
  while (!step.done) {
    let proceed: () => typeof step;
    try {
      const outcome = run(step.value);
      proceed = () => steps.next(outcome);
    } catch (error) {
      proceed = () => steps.throw(error);
    }
    step = proceed();
  }
  return step.value;
}

/** Steps that end their own transaction, which takes back what they would take back. */
export function* untilEnd<Result>(steps: Steps<Result>): Steps<Result> {
  try {
    let step = steps.next();
    let end = COMMIT;
    while (!step.done) {
      if (step.value.isUndo) end = ROLLBACK;
      step = steps.next(step.value.isUndo ? NOTHING : yield step.value);
    }
    yield end;
    return step.value;
  } catch (error) {
    try {
      yield ROLLBACK;
    } catch {
      // The database has ended the transaction already, or the connection is lost and the transaction with it.
    }
    throw error;
  }
}

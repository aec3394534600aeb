import { stopOnSignal } from './services/index.mjs';
import { HELP, parseArguments } from './stress/arguments.mjs';
import { createProgress } from './stress/progress.mjs';
import { reportOf } from './stress/report.mjs';
import { run } from './stress/run.mjs';
import { openScope } from './stress/scope.mjs';
import { openStore, STORE_NAMES } from './stress/stores.mjs';

const options = argumentsOrExit();
const isNamed = options.names.length > 0;
const results = [];
let isGood = true;

/** What is open for the store whose turn it is. */
let scope;
let isStopping = false;
const everything = {
  async stop() {
    isStopping = true;
    await scope?.stop();
  },
};
const ignoreSignals = stopOnSignal(Promise.resolve({ everything }));

for (const name of isNamed ? options.names : STORE_NAMES) {
  // After a Ctrl-C there is nothing more to say: whatever was open has gone away.
  if (isStopping) break;
  await stress(name);
}
if (!isStopping) {
  ignoreSignals();
  if (results.length > 0) console.log(reportOf(results));
  process.exitCode = isGood && results.every(({ verdict }) => verdict.isGood) ? 0 : 1;
}

async function stress(name) {
  scope = await openScope();
  const { dir, defer, stop } = scope;
  const progress = createProgress(name);
  defer(progress.stop);
  await attempt(name, async () => {
    const context = { ...options, dir, defer, progress };
    const store = await open(name, context);
    if (store) results.push(await run(store, context));
  });
  await attempt(name, stop);
}

async function attempt(name, work) {
  try {
    await work();
  } catch (error) {
    isGood = false;
    complain(`${name}: ${error.message}`);
  }
}

async function open(name, context) {
  try {
    return await openStore(name, context);
  } catch (error) {
    // Who named no store asked for those that can be had.
    if (isNamed) isGood = false;
    complain(`not run: ${error.message}`);
    return undefined;
  }
}

function complain(line) {
  if (!isStopping) console.error(line);
}

function argumentsOrExit() {
  try {
    const parsed = parseArguments(process.argv.slice(2));
    if (!parsed.help) return parsed;
    console.log(HELP);
    return process.exit();
  } catch (error) {
    console.error(error.message);
    return process.exit(2);
  }
}

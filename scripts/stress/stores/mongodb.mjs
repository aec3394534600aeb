import { register } from 'node:module';
import { MongoClient } from 'mongodb';
import { newName } from './server.mjs';

const WITHOUT_SERVER = 'the double of test/mongodb-double, for want of MONGODB_URL';
const WITH_KILL =
  'the double of test/mongodb-double; its connections were cut, its counts outlived it';

/** As long as storeTimeout is there: the store would give up in the pool's queue after five seconds. */
const PATIENT = 'waitQueueTimeoutMS=60000';

export async function openMongodb({ kill, defer }) {
  const { MONGODB_URL: url } = process.env;
  // There is no server of our own that could be killed.
  if (!url || kill) return openDouble({ kill, defer });

  const database = newName();
  defer(() => drop(url, database));
  return { connection: mongodb({ url: patient(url), database }) };
}

async function openDouble({ kill, defer }) {
  register('./typescript-hooks.mjs', import.meta.url);
  const program = new URL('../../../test/mongodb-double/mongodb-double.ts', import.meta.url);
  const { MongoDBDouble } = await import(program);
  const double = await MongoDBDouble.start();
  defer(() => double.stop());
  const name = 'mongodb (double)';
  if (!kill) {
    return { name, connection: mongodb({ url: patient(double.url) }), note: WITHOUT_SERVER };
  }
  const server = { kill: () => double.stop(), restart: () => double.listen() };
  return { name, connection: mongodb({ url: double.url }), server, note: WITH_KILL };
}

const mongodb = (options) => ({ kind: 'mongodb', options });

function patient(url) {
  if (url.includes('?')) return `${url}&${PATIENT}`;
  return /:\/\/[^/]+\//.test(url) ? `${url}?${PATIENT}` : `${url}/?${PATIENT}`;
}

async function drop(url, database) {
  const client = new MongoClient(url);
  try {
    await client.db(database).dropDatabase();
  } finally {
    await client.close();
  }
}

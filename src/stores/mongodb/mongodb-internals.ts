/**
 * What is used of the package mongodb beside its documented API. Read in mongodb 7.9.0; a change fails
 * test/stores/mongodb-outage.spec.ts.
 */
import type { MongoClient } from 'mongodb';

/** Ends the connections without a word to the server. A client without this property takes its time. */
export function cutOff(client: MongoClient): void {
  const { topology } = client as { topology?: { close?(): void } };
  topology?.close?.();
}

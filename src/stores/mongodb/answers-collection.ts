import type { Connection } from './connection.js';

/** Before the id of an answer, so that it is nobody's count: no id begins so. */
const ANSWER = 'answer:';

/**
 * The statements on answers, in the collection of counts: `{ _id: 'answer:<id>', value: <Binary>, expiresAt: <Date> }`,
 * which the same index removes.
 */
export class AnswersCollection {
  constructor(private readonly connection: Connection) {}

  async remember(id: string, value: Uint8Array, until: Date, deadline: number): Promise<void> {
    await this.connection.run(deadline, (collection, limits) =>
      collection.updateOne(
        { _id: ANSWER + id },
        { $set: { value: Buffer.from(value), expiresAt: until } },
        { ...limits, upsert: true },
      ),
    );
  }

  /** null where nothing is; the server itself removes what is over up to a minute later. */
  recall(id: string, now: Date, deadline: number): Promise<Uint8Array | null> {
    const options = { projection: { _id: 0, value: 1 }, promoteValues: true, promoteBuffers: true };
    return this.connection.run(deadline, async (collection, limits) => {
      const filter = { _id: ANSWER + id, expiresAt: { $gt: now } };
      const document = await collection.findOne(filter, { ...limits, ...options });
      const { value } = (document ?? { value: null }) as { value?: unknown };
      if (value === null || value instanceof Uint8Array) return value;
      throw new Error('the server gave no bytes');
    });
  }
}

import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { REVOKED_COUNT, type TempID, TempIDRevokedError } from '../../src/index.js';
import { concurrently } from '../../src/testing/support.js';
import { describeWith } from '../support/services.js';
import { type OpenedService, openService } from './redis/open-service.js';

/** A service that runs the Python package, by the commands that it sends. */
class PythonService {
  constructor(private readonly redis: Redis) {}

  async use({ id, maxUses, expiresAt }: TempID<null>): Promise<boolean> {
    const count = await this.redis.incr(`tempid:${id}`);
    if (count === 1) await this.redis.expireat(`tempid:${id}`, secondsOf(expiresAt));
    return count <= maxUses;
  }

  async used({ id }: TempID<null>): Promise<number> {
    return Number((await this.redis.get(`tempid:${id}`)) ?? 0);
  }

  async revoke({ id, expiresAt }: TempID<null>): Promise<void> {
    await this.redis.set(`tempid:${id}`, 2_147_483_647, 'EXAT', secondsOf(expiresAt));
  }
}

function secondsOf(date: Date): number {
  return Math.floor(date.getTime() / 1_000);
}

describeWith(process.env['TEST_REDIS_URL'], 'counts that a Python service shares', (url) => {
  let redis: Redis;
  let python: PythonService;
  let ours: OpenedService;

  beforeAll(async () => {
    redis = new Redis(url);
    python = new PythonService(redis);
    ours = await openService({ url });
  });

  afterAll(async () => {
    await ours.close();
    await redis.quit();
  });

  const mint = (maxUses: number) => ours.service.mint({ format: 'v2', maxUses, expiresIn: '10m' });
  const expiryOf = ({ id }: TempID<null>) => redis.pexpiretime(`tempid:${id}`);

  it('usesInfo and Python see the uses of both services', async () => {
    const token = await mint(3);
    expect(await ours.service.use(token)).toBe(true);
    expect(await python.used(token)).toBe(1);
    expect(await python.use(token)).toBe(true);
    expect(await ours.service.usesInfo(token)).toEqual({ total: 3, used: 2, left: 1 });
    expect(await python.use(token)).toBe(true);
    expect(await ours.service.use(token)).toBe(false);
    expect(await python.use(token)).toBe(false);
    expect(await ours.service.usesInfo(token)).toEqual({ total: 3, used: 3, left: 0 });
  });

  it.each([1, 50, 255])(
    'exactly %i of 600 concurrent uses by both services are allowed',
    async (maxUses) => {
      const token = await mint(maxUses);
      const answers = await concurrently(600, (n) =>
        n % 2 ? python.use(token) : ours.service.use(token),
      );
      expect(answers.filter(Boolean).length).toBe(maxUses);
    },
  );

  it('a token that we revoke is refused by Python and by us', async () => {
    const token = await mint(5);
    await ours.service.revoke(token);
    expect(await python.used(token)).toBe(REVOKED_COUNT);
    expect(await python.use(token)).toBe(false);
    await expect(ours.service.useOrThrow(token)).rejects.toThrow(TempIDRevokedError);
  });

  it('a token that Python revokes is refused by both, also after a refund', async () => {
    const token = await mint(5);
    await python.use(token);
    await python.revoke(token);
    await expect(ours.service.useOrThrow(token)).rejects.toThrow(TempIDRevokedError);
    expect(await python.use(token)).toBe(false);
    // What Python counts on top of a revocation does not undo it.
    await ours.service.refund(token);
    await expect(ours.service.useOrThrow(token)).rejects.toThrow(TempIDRevokedError);
  });

  it('a count is kept as long as the service says that counts first', async () => {
    const [first, second] = [await mint(5), await mint(5)];
    await python.use(first);
    await ours.service.use(first);
    expect(await expiryOf(first)).toBe(first.expiresAt.getTime());
    await ours.service.use(second);
    await python.use(second);
    // Ours is a time that Redis counts from when it is told.
    const late = (await expiryOf(second)) - (second.expiresAt.getTime() + 3_600_000);
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThan(60_000);
  });
});

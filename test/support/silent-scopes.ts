import { type ConsumeResult, TempIDStore } from '../../src/index.js';

/** A store of somebody's own, from before there were revocations of scopes. */
export class SilentGroups extends TempIDStore {
  override consume = async (): Promise<ConsumeResult> => ({ allowed: true, used: 1 });
  override used = async () => 0;
  override refund = async () => undefined;
  override revoke = async () => undefined;
  override purgeExpired = async () => 0;
}

import { TempIDStore } from '../../src/index.js';

/** A store that breaks whatever it is asked. */
export class BrokenStore extends TempIDStore {
  asked = 0;
  override consume = () => this.fail();
  override used = () => this.fail();
  override refund = () => this.fail();
  override revoke = () => this.fail();
  override purgeExpired = () => this.fail();

  private async fail(): Promise<never> {
    this.asked++;
    throw new Error('no connection');
  }
}

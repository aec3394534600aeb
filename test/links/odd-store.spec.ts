import { Controller } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { TempIDLink, TempIDStore, type UsedBy } from '../../src/index.js';
import { json, startApp } from '../support/http.js';

/** A store that refuses by an answer of its own. */
abstract class OddStore extends TempIDStore {
  protected abstract readonly answer: object;

  override async consume() {
    return this.answer as never;
  }
  async usedBy(): Promise<UsedBy[]> {
    return [];
  }
  override async used(): Promise<number> {
    return 0;
  }
  override async refund(): Promise<void> {}
  override async revoke(): Promise<void> {}
  override async purgeExpired(): Promise<number> {
    return 0;
  }
}

class WithoutCount extends OddStore {
  protected override readonly answer = { allowed: false };
}

class CountsText extends OddStore {
  protected override readonly answer = { allowed: false, used: '2' };
}

class CountsTooLittle extends OddStore {
  protected override readonly answer = { allowed: false, used: 0 };
}

class RepeatsWithoutCount extends OddStore {
  protected override readonly answer = { allowed: true, repeated: true };
}

class SaysNeither extends OddStore {
  protected override readonly answer = { repeated: true, used: 1 };
}

@Controller()
class LoginController {
  @TempIDLink('login', { purpose: 'login', grace: '1s' })
  login(): string {
    return 'never';
  }
}

describe('a click on a link with grace', () => {
  it.each([
    [WithoutCount, 503],
    [CountsText, 503],
    [CountsTooLittle, 401],
    [RepeatsWithoutCount, 503],
    [SaysNeither, 503],
  ])('a click is answered where the store answers oddly (%p)', async (store, status) => {
    const { app, tempid, send } = await startApp('Express', [LoginController], { store });
    const { value } = await tempid.mint({ purpose: 'login', maxUses: 3 });
    const click = json({ token: value, 'tempid-click': 'A'.repeat(12) });
    expect(await send('/login', click)).toMatchObject({ status });
    await app.close();
  });
});

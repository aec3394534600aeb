import { setTimeout as sleep } from 'node:timers/promises';
import { type ExecutionContext, Inject, Injectable, Logger } from '@nestjs/common';
import { type TempIDExhaustedError, TempIDStoreUnavailableError } from '../common/errors.js';
import type { ResolvedOptions } from '../config/options.js';
import { errorMessage } from '../common/error-message.js';
import { AnswerClient } from '../stores/answers.js';
import { TempIDStore } from '../stores/tempid-store.js';
import { TEMPID_OPTIONS } from '../config/module-definition.js';
import { type FirstAnswer, idOf, open, type PostedForm, seal } from './first-answer.js';
import { FirstAnswerException } from './link.exceptions.js';
import { type SentAnswer, whenAnswered } from './answer-hooks.js';
import { OnePerProcess } from '../common/one-per-process.js';

/** Milliseconds between two questions of a click that waits for the first one. */
const PAUSE = 50;

/** The count outlives its form as long, in milliseconds, as two clocks may differ. */
const KEPT = 3_600_000;

/** Longer answers are not kept. */
const MAX_LENGTH = 16_384;

/**
 * What forms were answered, for those who click twice. That a form was posted is a count in the store, so of
 * any number of clicks, in any number of processes, one runs the handler at a time.
 *
 * The count is odd while the handler runs, and even when it is done: whoever makes an even one odd runs it, and
 * makes it even again, by one more where there was an answer, by one less where nothing was done.
 */
@OnePerProcess('FirstAnswers')
@Injectable()
export class FirstAnswers {
  /** The requests that run a handler; one that meets two guards does not wait for itself. */
  private readonly entered = new WeakSet<object>();
  /** The questions of those who wait, by the form: all who wait in this process ask together. */
  private readonly looks = new Map<string, Promise<number>>();

  private readonly store: AnswerClient;

  constructor(store: TempIDStore, @Inject(TEMPID_OPTIONS) { storeTimeout }: ResolvedOptions) {
    this.store = new AnswerClient(store, storeTimeout * 1_000);
  }

  /**
   * Lets the first click go on, and holds the others until it is answered.
   *
   * @param grace seconds
   * @param usedUp where the token is used up, perhaps by the first click
   * @throws FirstAnswerException for a click that is answered as the first one was, and `usedUp` for a form that
   *   nobody has posted
   * @throws TempIDStoreUnavailableError
   */
  async enter(
    form: PostedForm,
    grace: number,
    context: ExecutionContext,
    usedUp: TempIDExhaustedError | null,
  ): Promise<void> {
    const request = context.switchToHttp().getRequest<object>();
    if (this.entered.has(request)) return;
    const id = idOf(form);
    // A form that was never posted leaves no count.
    if (usedUp && (await this.store.used(id)) === 0) throw usedUp;
    const end = performance.now() + grace * 1_000;
    let { allowed, used } = await this.count(id, 1);
    while (!allowed) {
      while (isOdd(used) && performance.now() < end) used = await this.look(id);
      // Where there is one, it was there before the count was even.
      const answer = await this.recall(id, form);
      if (answer) throw new FirstAnswerException(answer);
      // Nobody knows what became of the first click: the token's own count decides.
      if (isOdd(used)) return;
      // Answered long ago, with something that cannot be given twice, or not at all.
      ({ allowed, used } = await this.count(id, used + 1));
    }
    this.entered.add(request);
    whenAnswered(context, (sent) => void this.keep(sent, form, id, used + 1, grace));
  }

  private async keep(
    sent: SentAnswer,
    form: PostedForm,
    id: string,
    done: number,
    grace: number,
  ): Promise<void> {
    try {
      // Nothing was done, so the form may be posted again.
      if (sent.status >= 400) return await this.store.refund(id);
      const answer = toFirstAnswer(sent);
      const sealed = answer && seal(answer, form);
      if (sealed && sealed.length <= MAX_LENGTH) {
        const until = new Date(Date.now() + grace * 1_000);
        await this.store.remember(id, sealed, until);
      } else {
        new Logger('TempIDLink').warn(
          `'grace' gives a redirect again, and the handler answered ${sent.status} with something else: a second click is a request of its own.`,
        );
      }
      await this.count(id, done);
    } catch (error) {
      // The outage has its own lines.
      if (error instanceof TempIDStoreUnavailableError) return;
      new Logger('TempIDLink').error(
        `An answer could not be kept for a second click: ${errorMessage(error)}`,
      );
    }
  }

  private async recall(id: string, form: PostedForm): Promise<FirstAnswer | null> {
    const sealed = await this.store.recall(id);
    try {
      return sealed && open(sealed, form);
    } catch (error) {
      throw new TempIDStoreUnavailableError(
        'The answer that the store kept for a second click is none of ours.',
        { cause: error },
      );
    }
  }

  /** The count a little later. */
  private look(id: string): Promise<number> {
    let look = this.looks.get(id);
    if (!look) {
      look = sleep(PAUSE)
        .then(() => this.store.used(id))
        .finally(() => this.looks.delete(id));
      this.looks.set(id, look);
    }
    return look;
  }

  private count(id: string, limit: number) {
    return this.store.consume(id, limit, new Date(Date.now() + KEPT));
  }
}

function isOdd(used: number): boolean {
  return used % 2 === 1;
}

function toFirstAnswer({ status, header }: SentAnswer): FirstAnswer | null {
  const location = header('location');
  if (status < 300 || status > 399 || typeof location !== 'string') return null;
  const cookies = [header('set-cookie') ?? []].flat().map(String);
  return { status, location, cookies };
}

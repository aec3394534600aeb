import { setTimeout as sleep } from 'node:timers/promises';
import { type ExecutionContext, Inject, Injectable, Logger } from '@nestjs/common';
import type { ResolvedOptions } from '../options.js';
import { reasonOf } from '../reason-of.js';
import { askStore } from '../stores/ask-store.js';
import { TempIDStore } from '../stores/tempid-store.js';
import { TEMPID_OPTIONS } from '../tempid.module-definition.js';
import { type FirstAnswer, idOf, open, type PostedForm, seal } from './first-answer.js';
import { FirstAnswerException } from './link.exceptions.js';
import { type SentAnswer, whenAnswered } from './when-answered.js';

/** Milliseconds between two questions of a click that waits for the first one. */
const PAUSE = 50;

/** The count of a form that was posted, and of one that was answered as well. */
const POSTED = 1;
const ANSWERED = 2;

/** The count outlives its form as long, in milliseconds, as two clocks may differ. */
const KEPT = 3_600_000;

/** Longer answers are not kept. */
const MAX_LENGTH = 16_384;

/**
 * What forms were answered, for those who click twice. That a form was posted is a count in the store, so of
 * any number of clicks, in any number of processes, one runs the handler.
 */
@Injectable()
export class FirstAnswers {
  constructor(
    private readonly store: TempIDStore,
    @Inject(TEMPID_OPTIONS) private readonly options: ResolvedOptions,
  ) {}

  /**
   * Lets the first click go on, and holds the others until it is answered.
   *
   * @param grace seconds
   * @throws FirstAnswerException for a click that is answered as the first one was
   * @throws TempIDStoreUnavailableError
   */
  async enter(form: PostedForm, grace: number, context: ExecutionContext): Promise<void> {
    const id = idOf(form);
    for (const end = Date.now() + grace * 1_000; ;) {
      const { allowed, used } = await this.count(id, POSTED);
      if (allowed) return whenAnswered(context, (sent) => void this.keep(sent, form, id, grace));
      const sealed = await this.ask((store, deadline) => store.recall(id, { deadline }));
      if (sealed) throw new FirstAnswerException(open(sealed, form));
      // Answered long ago, or with something that cannot be given twice: the token's own count decides.
      if (used >= ANSWERED || Date.now() >= end) return;
      await sleep(PAUSE);
    }
  }

  private async keep(sent: SentAnswer, form: PostedForm, id: string, grace: number): Promise<void> {
    try {
      // Nothing was done, so the form may be posted again.
      if (sent.status >= 400)
        return await this.ask((store, deadline) => store.refund(id, { deadline }));
      const answer = toFirstAnswer(sent);
      const sealed = answer && seal(answer, form);
      if (sealed && sealed.length <= MAX_LENGTH) {
        const until = new Date(Date.now() + grace * 1_000);
        await this.ask((store, deadline) => store.remember(id, sealed, until, { deadline }));
      } else {
        new Logger('TempIDLink').warn(
          `'grace' gives a redirect again, and the handler answered ${sent.status} with something else: a second click is refused.`,
        );
      }
      await this.count(id, ANSWERED);
    } catch (error) {
      new Logger('TempIDLink').error(
        `An answer could not be kept for a second click: ${reasonOf(error)}`,
      );
    }
  }

  private count(id: string, limit: number) {
    const keepUntil = new Date(Date.now() + KEPT);
    return this.ask((store, deadline) => store.consume(id, limit, keepUntil, { deadline }));
  }

  private ask<R>(question: (store: TempIDStore, deadline: number) => Promise<R>): Promise<R> {
    return askStore(this.store, this.options.storeTimeout * 1_000, question);
  }
}

function toFirstAnswer({ status, header }: SentAnswer): FirstAnswer | null {
  const location = header('location');
  if (status < 300 || typeof location !== 'string') return null;
  const cookies = [header('set-cookie') ?? []].flat().map(String);
  return { status, location, cookies };
}

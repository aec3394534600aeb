import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { LazyLifecycle } from './common/lazy-lifecycle.js';
import type { ResolvedOptions } from './config/options.js';
import { errorMessage } from './common/error-message.js';
import { TEMPID_OPTIONS } from './config/module-definition.js';
import { TempIDService } from './tempid.service.js';

/** Removes expired counts every `purgeInterval`, from the start of the application to its end. */
@Injectable()
export class TempIDPurger implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('TempIDModule');
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private readonly ending = new AbortController();

  constructor(
    @Inject(TEMPID_OPTIONS) private readonly options: ResolvedOptions,
    private readonly tempid: TempIDService,
    lifecycle: LazyLifecycle,
  ) {
    lifecycle.add('purger', this);
  }

  onApplicationBootstrap(): void {
    if (this.options.purgeInterval === null) return;
    this.timer = setInterval(() => this.start(), this.options.purgeInterval * 1_000);
    this.timer.unref();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    this.ending.abort();
    await this.running;
  }

  private start(): void {
    this.running ??= this.purge().finally(() => {
      this.running = undefined;
    });
  }

  private async purge(): Promise<void> {
    try {
      await this.tempid.purgeExpired({ signal: this.ending.signal });
    } catch (error) {
      this.logger.warn(`Expired counts were not removed: ${errorMessage(error)}`);
    }
  }
}

import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { type Duration, durationInSeconds } from '../duration.js';
import { TempIDConfigurationError } from '../errors.js';
import { reasonOf } from '../reason-of.js';
import { TEMPID_KEYRING, TEMPID_SECRETS } from '../tempid.module-definition.js';
import { askForSecrets } from './ask-for-secrets.js';
import { Keyring } from './keyring.js';
import { isSecretProvider, type SecretProvider, type SecretSource } from './secret-provider.js';

const LONGEST_INTERVAL: Duration = '24d';

/** Keeps a keyring as its SecretProvider says, from the start of the application to its end. */
@Injectable()
export class KeyringRefresher implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('TempIDModule');
  private readonly provider: SecretProvider | undefined;
  /** Seconds. */
  private readonly interval: number | null;
  private timer: NodeJS.Timeout | undefined;
  private stopListening: (() => void) | undefined;
  private asking: AbortController | undefined;
  private running: Promise<void> | undefined;
  private hasChanged = false;
  private hasEnded = false;
  private lastAnswer = new Date();
  private failure: string | undefined;

  /** @throws {@link TempIDConfigurationError} for a wrong `refreshEvery` */
  constructor(
    @Inject(TEMPID_KEYRING) private readonly keyring: Keyring,
    @Inject(TEMPID_SECRETS) source: SecretSource | null,
  ) {
    this.provider = isSecretProvider(source) ? source : undefined;
    this.interval = expectInterval(this.provider?.refreshEvery);
  }

  async onApplicationBootstrap(): Promise<void> {
    if (this.interval !== null) {
      const askAgain = () => void (this.running ?? this.refresh());
      this.timer = setInterval(askAgain, this.interval * 1_000);
      this.timer.unref();
    }
    if (!this.provider?.onChange) return;
    this.stopListening = this.provider.onChange(() => void this.refresh());
    // A change between the first answer and the listening was told to nobody.
    await this.refresh();
  }

  onModuleDestroy(): void {
    this.hasEnded = true;
    clearInterval(this.timer);
    this.asking?.abort();
    this.stopListening?.();
  }

  /** One question at a time; what changes meanwhile is asked for after it. */
  private refresh(): Promise<void> {
    this.hasChanged = true;
    this.running ??= this.run();
    return this.running;
  }

  private async run(): Promise<void> {
    try {
      while (this.hasChanged && !this.hasEnded) {
        this.hasChanged = false;
        await this.ask();
      }
    } finally {
      this.running = undefined;
    }
  }

  private async ask(): Promise<void> {
    if (!this.provider) return;
    this.asking = new AbortController();
    try {
      const secrets = await askForSecrets(this.provider, this.asking);
      if (this.hasEnded) return;
      if (this.keyring.replace(secrets))
        this.logger.log(`The secrets have changed: ${this.roles}.`);
      if (this.failure !== undefined) this.logger.log('The secrets can be refreshed again.');
      this.failure = undefined;
      this.lastAnswer = new Date();
    } catch (error) {
      if (!this.hasEnded) this.report(reasonOf(error));
    }
  }

  /** Says the same only once, however often it is asked. */
  private report(failure: string): void {
    if (failure === this.failure) return;
    this.failure = failure;
    this.logger.error(
      `The secrets cannot be refreshed. Those of ${this.lastAnswer.toISOString()} stay in use. ${failure}`,
    );
  }

  private get roles(): string {
    return this.keyring
      .report()
      .map(({ kid, role }) => (role === 'ended' ? `${kid} has ended` : `${kid} ${role}`))
      .join(', ');
  }
}

function expectInterval(refreshEvery: unknown): number | null {
  if (refreshEvery === undefined) return null;
  const option = `'refreshEvery' of the SecretProvider`;
  const seconds = durationInSeconds(refreshEvery, option);
  if (seconds >= 1 && seconds <= durationInSeconds(LONGEST_INTERVAL, option)) return seconds;
  throw new TempIDConfigurationError(`${option} must be '1s' to '${LONGEST_INTERVAL}'.`);
}

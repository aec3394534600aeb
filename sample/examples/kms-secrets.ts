import { Inject, Injectable } from '@nestjs/common';
import type { SecretOption, SecretProvider } from 'nestjs-tempid';

/** What is asked of a key management service: AWS KMS, Google Cloud KMS, Azure Key Vault, the transit engine of Vault. */
export abstract class Kms {
  abstract decrypt(ciphertext: Buffer, signal: AbortSignal): Promise<Uint8Array>;
}

/** The secrets as they are stored: encrypted by the KMS, in base64, newest first. */
export abstract class EncryptedSecrets {
  abstract list(): Promise<readonly string[]>;
}

/** Secrets that only the KMS can decrypt: whoever has the configuration or its backup has no secret. */
@Injectable()
export class KmsSecrets implements SecretProvider {
  readonly refreshInterval = '5m';

  constructor(
    @Inject(Kms) private readonly kms: Kms,
    @Inject(EncryptedSecrets) private readonly encrypted: EncryptedSecrets,
  ) {}

  async getSecrets(signal: AbortSignal): Promise<SecretOption> {
    const stored = await this.encrypted.list();
    return Promise.all(stored.map((text) => this.kms.decrypt(Buffer.from(text, 'base64'), signal)));
  }
}

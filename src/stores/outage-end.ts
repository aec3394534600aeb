import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { outageOf } from './store-outage.js';
import { TempIDStore } from './tempid-store.js';

/** Has the outage of the store told to its last call when the application ends, and no later. */
@Injectable()
export class OutageEnd implements OnApplicationShutdown {
  constructor(private readonly store: TempIDStore) {}

  onApplicationShutdown(): void {
    outageOf(this.store).end();
  }
}

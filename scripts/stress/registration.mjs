import { MemoryTempIDStore } from 'nestjs-tempid';

/** Imported here, so that a process loads the one driver that it needs. */
const KINDS = {
  memory: async () => ({ store: MemoryTempIDStore }),

  async typeorm({ options }, { synchronize, by }) {
    const { TypeOrmModule } = await import('@nestjs/typeorm');
    const { TypeOrmTempIDStore } = await import('nestjs-tempid/typeorm');
    const common = { autoLoadEntities: true, retryAttempts: 0, synchronize };
    return {
      imports: [TypeOrmModule.forRoot({ ...common, ...options })],
      store: by ? TypeOrmTempIDStore.register({ usedBy: true }) : TypeOrmTempIDStore,
    };
  },

  async redis({ options }) {
    const { RedisTempIDStore } = await import('nestjs-tempid/redis');
    return { store: RedisTempIDStore.register(options) };
  },

  async mongodb({ options }) {
    const { MongoTempIDStore } = await import('nestjs-tempid/mongodb');
    return { store: MongoTempIDStore.register(options) };
  },

  async module({ url }) {
    const { default: store } = await import(url);
    if (!store) throw new Error(`${url} must have a store as its default export`);
    return { store };
  },
};

/** `{ store, imports }` for a connection, which is plain data since it comes from another process. */
export const registrationOf = (connection, options) => KINDS[connection.kind](connection, options);

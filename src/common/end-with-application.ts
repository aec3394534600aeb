import type {
  BeforeApplicationShutdown,
  OnApplicationShutdown,
  OnModuleDestroy,
} from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';

/** The hooks that Nest calls at the end of an application. */
export type EndHooks = OnModuleDestroy & BeforeApplicationShutdown & OnApplicationShutdown;

/**
 * Has hooks called at the end of an application that is running already.
 *
 * Nest knows the modules whose hooks it calls from its start on, and asks each for its providers when it calls
 * them, so they are added to a module that was there at the start: the first one is Nest's own core module, whose
 * hooks come last at the end. This is no documented way, and there is no other: read in @nestjs/core 11.2 and
 * 12.5 (`NestApplicationContext#getModulesToTriggerHooksOn`), and watched by test/lazy-modules.spec.ts.
 */
export function endWithApplication(modules: ModulesContainer, hooks: EndHooks): void {
  const [core] = modules.values();
  core?.addProvider({ provide: Symbol('TEMPID_END'), useValue: hooks });
}

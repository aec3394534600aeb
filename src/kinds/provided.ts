import type { ExecutionContext, Type } from '@nestjs/common';
import { type ContextId, ContextIdFactory, ModuleRef } from '@nestjs/core';
import type { NestModule } from './kind-registry.js';

/** The provider of a module, of whatever scope: for the request, where there is one by HTTP. */
export function provided<T>(
  type: Type,
  module: NestModule,
  context?: ExecutionContext,
): Promise<T> {
  const moduleRef = module.getProviderByKey<ModuleRef>(ModuleRef).instance;
  return moduleRef.resolve<unknown, T>(type, contextIdOf(moduleRef, context), { strict: true });
}

function contextIdOf(moduleRef: ModuleRef, context?: ExecutionContext): ContextId {
  if (context?.getType() !== 'http') return ContextIdFactory.create();
  const request = context.switchToHttp().getRequest<object>();
  const id = ContextIdFactory.getByRequest(request);
  moduleRef.registerRequestByContextId(request, id);
  return id;
}

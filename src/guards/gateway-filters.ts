import { Injectable } from '@nestjs/common';
import { EXCEPTION_FILTERS_METADATA } from '@nestjs/common/constants.js';
import { ModulesContainer } from '@nestjs/core';
import { TempIDExceptionFilter } from './tempid-exception.filter.js';

/** What @nestjs/websockets 11 and 12 mark a gateway by; the package is there only where gateways are. */
const GATEWAY_METADATA = 'websockets:is_gateway';

/**
 * Nest asks no global filter about gateways. So the filter is put on the class of each, before it is registered, and
 * behind all filters of its own.
 */
@Injectable()
export class GatewayFilters {
  constructor(modules: ModulesContainer, filter: TempIDExceptionFilter) {
    for (const { providers } of modules.values()) {
      for (const { metatype } of providers.values()) {
        if (typeof metatype !== 'function') continue;
        if (Reflect.hasMetadata(GATEWAY_METADATA, metatype)) putBehind(metatype, filter);
      }
    }
  }
}

/** Nest asks the last of the list first. */
function putBehind(gateway: object, filter: TempIDExceptionFilter): void {
  const known: unknown = Reflect.getMetadata(EXCEPTION_FILTERS_METADATA, gateway);
  const filters: readonly unknown[] = Array.isArray(known) ? known : [];
  if (filters.some((each) => each instanceof TempIDExceptionFilter)) return;
  Reflect.defineMetadata(EXCEPTION_FILTERS_METADATA, [filter, ...filters], gateway);
}

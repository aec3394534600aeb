import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { describe, expect, it } from '@jest/globals';
import { TempIDConfigurationError } from '../../src/index.js';
import { browserKeyOf, ensureBrowserKey } from '../../src/links/browser-key.js';

describe('the key of a browser', () => {
  it.each(['ws', 'rpc', 'graphql'])('is nowhere but in HTTP: not in %s', (type) => {
    const context = new ExecutionContextHost([undefined, {}]);
    context.setType(type);
    expect(() => browserKeyOf(context)).toThrow(TempIDConfigurationError);
    expect(() => ensureBrowserKey(context)).toThrow(TempIDConfigurationError);
  });
});

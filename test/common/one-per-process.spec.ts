import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { OnePerProcess, onePerProcess } from '../../src/common/one-per-process.js';

describe('what a process has once', () => {
  it('a value is made by the first who asks for its name', () => {
    const first = onePerProcess('a value of the tests', () => ({ of: 'first' }));
    expect(onePerProcess('a value of the tests', () => ({ of: 'second' }))).toBe(first);
  });

  it('a class has its name, whatever a bundler called it', () => {
    class Short {}
    expect(OnePerProcess('A class of the tests')(Short)).toBe(Short);
    expect(Short.name).toBe('A class of the tests');
  });

  it('no global variable can be listed or replaced', () => {
    const symbols = Object.getOwnPropertySymbols(globalThis).filter((symbol) =>
      symbol.description?.startsWith('nestjs-tempid@'),
    );
    const [descriptor] = symbols.map((key) => Object.getOwnPropertyDescriptor(globalThis, key));
    expect(descriptor).toMatchObject({ enumerable: false, writable: false, configurable: false });
  });

  it('no two things of the package have one name', () => {
    const names = readdirSync('src', { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .flatMap((file) => [
        ...readFileSync(`src/${file}`, 'utf8').matchAll(/nePerProcess\(\s*'([^']+)'/g),
      ])
      .map(([, name]) => name);
    expect(names.length).toBeGreaterThan(40);
    expect(names).toEqual([...new Set(names)]);
  });
});

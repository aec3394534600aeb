import { readFileSync } from 'node:fs';
import { type JsonValue, schema } from '@angular-devkit/core';
import { describe, expect, it } from '@jest/globals';

const text = readFileSync('dist/schematics/nest-add/schema.json', 'utf8');

/** What the schematic is given, and what a person is asked who answers `redis`. */
async function resolved(options: JsonValue): Promise<{ data: unknown; asked: readonly string[] }> {
  const asked: string[] = [];
  const registry = new schema.CoreSchemaRegistry();
  registry.addPostTransform(schema.transforms.addUndefinedDefaults);
  registry.usePromptProvider(async (questions) => {
    asked.push(...questions.map(({ message }) => message));
    return Object.fromEntries(questions.map(({ id }) => [id, 'redis']));
  });
  const validate = await registry.compile(JSON.parse(text));
  const { data } = await validate(options);
  return { data, asked };
}

describe('the options of nest add', () => {
  it('are asked for where the store is not given', async () => {
    const { data, asked } = await resolved({});
    expect(data).toMatchObject({ store: 'redis', example: true, skipInstall: false });
    expect(asked).toEqual([expect.stringContaining('counted')]);
  });

  it('are not asked for where it is', async () => {
    const { data, asked } = await resolved({ store: 'typeorm' });
    expect(data).toMatchObject({ store: 'typeorm' });
    expect(asked).toEqual([]);
  });

  it('have an answer for each store, and say what each is', () => {
    const { properties } = JSON.parse(text);
    const answers = properties.store['x-prompt'].items.map(({ value }: { value: string }) => value);
    expect(answers).toEqual(properties.store.enum);
    for (const option of Object.values<{ description?: string }>(properties)) {
      expect(option.description).toMatch(/\.$/);
    }
  });
});

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { transform } from '@swc/core';
import { SECRET } from '../support/secrets.js';

const run = promisify(execFile);

/** A person logs in by the code of the mail, and then somebody asks for more codes. */
const VISIT = `
import { NestFactory } from '@nestjs/core';
const sent: string[] = [];
Mailer.prototype.sendToAccountOf = async (email, text) => void sent.push(text);
const app = await NestFactory.create(LoginModule, { logger: false });
await app.listen(0, '127.0.0.1');
const url = await app.getUrl();
const post = async (path: string, body: object) => {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  return { status: response.status, body: await response.json() };
};
const ask = (email: string) => post('/login/ask', { email });
const { body } = await ask('Ada@example.com ');
const login = await post('/login/code', { ...body, code: /[0-9]{6}/.exec(sent[0] ?? '')?.[0] });
const later = [];
for (const email of ['ada@example.com', 'ADA@example.com', ' ada@example.com', 'bob@example.com']) {
  later.push((await ask(email)).status);
}
console.log(JSON.stringify({ login, later }));
await app.close();
`;

describe('the example of docs/codes.md behind @nestjs/throttler', () => {
  it('the example with @nestjs/throttler lets a person in, and nobody ask for more than three codes for one address', async () => {
    const page = await readFile('docs/codes.md', 'utf8');
    const [, example = ''] = /## Throttle the asking.*?```ts\n(.*?)```/s.exec(page) ?? [];
    const { code } = await transform(example + VISIT, {
      jsc: {
        target: 'es2023',
        parser: { syntax: 'typescript', decorators: true },
        transform: { legacyDecorator: true, decoratorMetadata: true },
      },
    });
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', code], {
      env: { ...process.env, TEMPID_SECRET: SECRET },
    });
    expect(JSON.parse(stdout)).toEqual({
      login: { status: 201, body: { loggedInAs: 'ada@example.com' } },
      later: [201, 201, 429, 201],
    });
  });
});

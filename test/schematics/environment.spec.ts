import { describe, expect, it } from '@jest/globals';
import { nestAdd, project } from './project.js';

/** 32 bytes in base64url. */
const SECRET = /^TEMPID_SECRET=[\w-]{43}$/;

async function environmentFrom(text: string | null, options: object = {}): Promise<string[]> {
  const { read } = await nestAdd(project({ '/.env': text }), options);
  return read('/.env').split('\n');
}

describe('.env', () => {
  it('is made, with a secret that differs each time', async () => {
    const one = await environmentFrom(null);
    const other = await environmentFrom(null);
    expect(one).toEqual([expect.stringMatching(SECRET), '']);
    expect(other).not.toEqual(one);
  });

  it.each([
    ['with an end of its last line', 'PORT=3000\n'],
    ['without', 'PORT=3000'],
  ])('gets the secret on a line of its own, %s', async (_, text) => {
    expect(await environmentFrom(text)).toEqual(['PORT=3000', expect.stringMatching(SECRET), '']);
  });

  it('keeps the line ends of Windows', async () => {
    const { read } = await nestAdd(project({ '/.env': 'PORT=3000\r\n' }));
    expect(read('/.env')).toMatch(/^PORT=3000\r\nTEMPID_SECRET=[\w-]{43}\r\n$/);
  });

  it.each([
    'TEMPID_SECRET=of-mine\n',
    'export TEMPID_SECRET = of-mine\n',
    'PORT=3000\n  TEMPID_SECRET="of-mine"',
    'TEMPID_SECRET: of-mine\n',
  ])('keeps the secret that it has: %j', async (text) => {
    const { read, said } = await nestAdd(project({ '/.env': text }));
    expect(read('/.env')).toBe(text);
    expect(said).toEqual([]);
  });

  it('is not taken in by a variable of a similar name, or by a comment', async () => {
    const text = '# TEMPID_SECRET=…\nOLD_TEMPID_SECRET=x\n';
    expect(await environmentFrom(text)).toContainEqual(expect.stringMatching(SECRET));
  });

  it('has the address of Redis, unless it is there', async () => {
    expect(await environmentFrom(null, { store: 'redis' })).toContain(
      'REDIS_URL=redis://localhost:6379',
    );
    const text = 'REDIS_URL=redis://10.0.0.1\n';
    const { read } = await nestAdd(project({ '/.env': text }), { store: 'redis' });
    expect(read('/.env').match(/REDIS_URL/g)).toHaveLength(1);
  });

  it('is said to get a secret, and not which', async () => {
    const { read, said } = await nestAdd(project());
    expect(said).toEqual(['Into .env: TEMPID_SECRET.']);
    expect(read('/.env')).toContain('TEMPID_SECRET');
  });
});

describe('.gitignore', () => {
  it('ignores .env, and the file of SQLite', async () => {
    const { read } = await nestAdd(project({ '/.gitignore': 'dist' }), { store: 'typeorm' });
    expect(read('/.gitignore')).toBe('dist\n.env\napp.sqlite\n');
  });

  it.each(['.env', '/.env', '**/.env', '.env*', '*.env', '*', '!.env\n.e*', 'dist\r\n.env  '])(
    'is left where it ignores .env: %j',
    async (line) => {
      const { read } = await nestAdd(project({ '/.gitignore': `${line}\n` }));
      expect(read('/.gitignore')).toBe(`${line}\n`);
    },
  );

  it.each(['.env.local', '.environment', '# .env', '!.env', '.env*\n!.env', '.env\n!/.e*'])(
    'is not taken in by %j',
    async (line) => {
      const { read } = await nestAdd(project({ '/.gitignore': `${line}\n` }));
      expect(read('/.gitignore')).toBe(`${line}\n.env\n`);
    },
  );

  it('is not made: a line says what to do', async () => {
    const { tree, said } = await nestAdd(project({ '/.gitignore': null }));
    expect(tree.exists('/.gitignore')).toBe(false);
    expect(said).toContainEqual(expect.stringMatching(/no \.gitignore: keep \.env out/));
  });
});

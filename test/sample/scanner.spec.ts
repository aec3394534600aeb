import type { AddressInfo } from 'node:net';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { TempIDService } from 'nestjs-tempid';
import { LOOKS } from '../../sample/scanner/looks.js';
import { Scanner } from '../../sample/scanner/scanner.service.js';
import { fewAtOnce } from '../support/few-at-once.js';
import { heading, start, usesLeft, type Visitor } from './visitor.js';

/** Milliseconds after which a thousand requests and more do not go on any longer, however slow the machine is. */
const LONG = 300_000;

describe('the mail scanner of the sample', () => {
  let app: NestExpressApplication;
  let visitor: Visitor;

  beforeAll(async () => {
    ({ app, visitor } = await start());
  });

  afterAll(() => app.close());

  const scan = async () => {
    const page = await visitor.post('/scanner', {});
    const [careful = '', naive = ''] = [
      ...page.text.matchAll(/href="(\/scanner\/\w+\?token=[^"]+)"/g),
    ].map(([, href = '']) => href);
    return { page, careful, naive };
  };

  it('the mail scanner shows what each of its requests was answered, and that one link has its use and one has not', async () => {
    const { page } = await scan();
    expect([page.status, heading(page), usesLeft(page)]).toEqual([
      200,
      'The scanner was here',
      '1 of 1',
    ]);
    const seen = [...page.text.matchAll(/<dd>(.*?)<\/dd>/gs)].map(([, text = '']) =>
      text
        .replaceAll(/<[^>]+>/g, '')
        .replaceAll(/\s+/g, ' ')
        .replace(/and \d+ /, '')
        .trim(),
    );
    const nothing = '204, nothing to see 1 of 1 left';
    const asked = '200, “Is somebody there?” 1 of 1 left';
    const burnt = '401, “Somebody was here before you” 0 of 1 left';
    expect(seen).toEqual([
      nothing,
      '200, nothing to see 0 of 1 left: this look spent it',
      asked,
      burnt,
      ...Array.from({ length: 4 }, () => [nothing, burnt]).flat(),
      '200, “Is somebody there?”, addresses on it 1 of 1 left',
      '401, “Somebody was here before you”, addresses on it 0 of 1 left',
    ]);
  });

  it('the mail scanner leaves a link that a person gets through, and burns the other', async () => {
    const { careful, naive } = await scan();
    const page = await visitor.get(careful);
    expect(page.headers.get('content-security-policy')).toMatch(/style-src 'self'/);
    expect(page.text).toContain('<link rel="stylesheet" href="/style.css"');
    const through = await visitor.press(careful, page);
    expect([through.status, through.location]).toEqual([303, '/scanner/through']);
    expect(heading(await visitor.get('/scanner/through'))).toBe('You came through');
    expect(heading(await visitor.get(careful))).toBe('This link was used already');

    const burnt = await visitor.get(naive);
    expect([burnt.status, heading(burnt)]).toEqual([401, 'Somebody was here before you']);
  });

  it(
    'the mail scanner uses none of 100 links, which then work once each',
    async () => {
      const tempid = app.get(TempIDService, { strict: false });
      const scanner = app.get(Scanner, { strict: false });
      const tokens = await Promise.all(
        Array.from({ length: 100 }, () =>
          tempid.mint({ purpose: 'magic-login', subject: 'ada@example.com', maxUses: 1 }),
        ),
      );
      const used = async () => {
        const uses = await fewAtOnce(tokens, (token) => tempid.usesInfo(token));
        return uses.reduce((sum, info) => sum + (info.used ?? 0), 0);
      };
      const links = await fewAtOnce(tokens, async (token) => {
        const link = tempid.link('/magic-login/open', token);
        for (const look of LOOKS) await scanner.look(link, look);
        return link;
      });
      expect(await used()).toBe(0);

      const clicks = await fewAtOnce(links, async (link) => {
        // Each has opened it, since the form of one page may be sent twice.
        const [person, late] = [visitor.another(), visitor.another()];
        const [page, latePage] = [await person.get(link), await late.get(link)];
        const first = await person.press(link, page);
        const second = await late.press(link, latePage);
        return [first.status, second.status];
      });
      expect(new Set(clicks.map(String))).toEqual(new Set(['303,401']));
      expect(await used()).toBe(100);
    },
    LONG,
  );

  it('the mail scanner asks its own server, whatever the Host of a request says', async () => {
    const { port } = app.getHttpServer().address() as AddressInfo;
    const status = await new Promise((resolve, reject) => {
      const options = {
        port,
        method: 'POST',
        path: '/scanner',
        headers: { host: 'elsewhere.invalid' },
      };
      request(options, (answer) => resolve(answer.resume().statusCode))
        .on('error', reject)
        .end();
    });
    expect(status).toBe(200);
    const scanner = app.get(Scanner, { strict: false });
    for (const address of ['http://elsewhere.invalid/', '//elsewhere.invalid/']) {
      await expect(scanner.look(address, LOOKS[0] as never)).rejects.toThrow('no other server');
    }
  });
});

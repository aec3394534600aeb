// One use of a token beside the bare driver call that it makes, and with 1,000,000 live counts beside 1,000: npm run bench:use
import 'reflect-metadata';
import { startServices, stopServices } from '../scripts/services/index.mjs';
import { compare, report } from './measure.mjs';
import { openPlaces } from './one-use/places.mjs';

const FEW = 1_000;
const MANY = 1_000_000;
/** As a server under load has them. */
const AT_ONCE = 8;

const services = await startServices();
try {
  for (const [title, open] of openPlaces(services)) {
    if (typeof open === 'string') console.log(`${title}: not measured, ${open}\n`);
    else await measure(title, open);
  }
} finally {
  await stopServices(services);
}

async function measure(title, open) {
  const few = await open('few', FEW);
  const many = await open('many', MANY);
  const atOnce = (call) => (index) =>
    Promise.all(Array.from({ length: AT_ONCE }, (_, n) => call(index * AT_ONCE + n)));

  const alone = await compare(
    {
      bare: few.bare,
      store: few.consume,
      use: few.use,
      useMany: many.use,
      useRevocable: few.useRevocable,
    },
    { rounds: 61, calls: 100 },
  );
  const together = await compare(
    { bare: atOnce(few.bare), use: atOnce(few.use), useMany: atOnce(many.use) },
    { rounds: 61, calls: 25 },
  );
  console.log(title);
  report('  the bare driver call', alone.bare, alone.bare, 'bare');
  report('  store.consume', alone.store, alone.bare, 'bare');
  report('  tempid.use, verification included', alone.use, alone.bare, 'bare');
  report(`  that with 1,000,000 live counts`, alone.useMany, alone.use, 'that with 1,000');
  report('  with a purpose and a subject', alone.useRevocable, alone.use, 'that without');
  const each = (time) => time / AT_ONCE;
  report(`  ${AT_ONCE} at once: bare`, each(together.bare), each(together.bare), 'bare');
  report(`  ${AT_ONCE} at once: tempid.use`, each(together.use), each(together.bare), 'bare');
  report(
    `  ${AT_ONCE} at once: with 1,000,000`,
    each(together.useMany),
    each(together.use),
    'that with 1,000',
  );
  console.log();
  await few.close();
  await many.close();
}

import {
  checkServices,
  SERVICE_NAMES,
  startServices,
  stopOnSignal,
  stopServices,
} from './services/index.mjs';

const USAGE = 'usage: node scripts/services.mjs [--install | --check]';

const [option, ...rest] = process.argv.slice(2);
if (rest.length > 0 || ![undefined, '--install', '--check'].includes(option)) {
  console.error(USAGE);
  process.exit(2);
}

if (option === '--check') {
  process.exitCode = report(await checkServices()) ? 0 : 1;
} else {
  const starting = startServices(SERVICE_NAMES, { install: option === '--install' });
  stopOnSignal(starting, () => 0);
  const services = await starting;
  if (report(services)) {
    // A borrowed server leaves nothing open that would keep this process alive.
    setInterval(() => {}, 2 ** 30);
  } else {
    await stopServices(services);
    process.exitCode = 1;
  }
}

/** One line a server; true if none is missing. */
function report(services) {
  for (const [name, { missing, how, url }] of Object.entries(services)) {
    if (missing) console.error(missing);
    else console.log(`${name} ${how} ${withoutPassword(url)}`);
  }
  return Object.values(services).every(({ missing }) => !missing);
}

function withoutPassword(url) {
  return url.replace(/(:\/\/[^:@/]*:)[^@/]*@/g, '$1***@');
}

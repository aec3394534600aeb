// npm run native has this run by the Node.js that is installed here, which better-sqlite3 is built for.
import { execFileSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

const [header] = globSync('node_modules/node/node_modules/*/include/node/node_version.h');
// The package of Node.js brings its headers, which node-gyp would ask the network for.
const nodedir = header ? [`--nodedir=${resolve(dirname(header), '../..')}`] : [];
execFileSync('npm', ['rebuild', 'better-sqlite3', ...nodedir], { stdio: 'inherit' });

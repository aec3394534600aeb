// Serves the built site on this machine only.
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import sirv from 'sirv';

const HOST = '127.0.0.1';

/** Listens at PORT, by default 4173, or at any port where that is taken. Resolves to the address. */
export async function serve(folder, base) {
  const files = sirv(folder, { dev: true });
  const server = createServer((request, response) => {
    if (!request.url.startsWith(base)) return notFound(response);
    request.url = `/${request.url.slice(base.length)}`;
    files(request, response, () => notFound(response));
  });
  const notFound = (response) => {
    response.writeHead(404, { 'content-type': 'text/html; charset=utf-8' });
    createReadStream(join(folder, '404.html')).pipe(response);
  };
  const port = await listen(server, Number(process.env.PORT || 4173));
  return `http://${HOST}:${port}${base}`;
}

async function listen(server, port) {
  server.listen(port, HOST);
  try {
    await once(server, 'listening');
  } catch (error) {
    if (error.code !== 'EADDRINUSE' || port === 0) throw error;
    return listen(server, 0);
  }
  return server.address().port;
}

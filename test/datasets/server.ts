import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** A web server of this machine for one test: its address, and the requests that it saw. */
export async function serve(answer: (request: IncomingMessage, response: ServerResponse, nth: number) => void) {
  const requests: { readonly url: string; readonly headers: IncomingMessage['headers'] }[] = [];
  const server = createServer((request, response) => {
    requests.push({ url: request.url!, headers: request.headers });
    answer(request, response, requests.length);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, requests };
}

/** Answers as a good file server does: whole, or the range that was asked for. */
export function sendFile(request: IncomingMessage, response: ServerResponse, bytes: Uint8Array, etag = '"one"') {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1]);
  const isRange = from > 0 && (request.headers['if-range'] ?? etag) === etag;
  const part = isRange ? bytes.subarray(from) : bytes;
  response.writeHead(isRange ? 206 : 200, {
    etag,
    'content-length': part.length,
    ...(isRange && { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` }),
  });
  response.end(part);
}

/** Begins like a good answer, sends this many bytes and breaks the connection. */
export function cutAfter(response: ServerResponse, bytes: Uint8Array, sent: number, etag = '"one"') {
  response.writeHead(200, { etag, 'content-length': bytes.length });
  response.write(bytes.subarray(0, sent), () => setTimeout(() => response.destroy(), 20));
}

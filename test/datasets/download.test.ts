import { expect, test } from 'vitest';
import { download, type DownloadProgress, type DownloadRequest } from '../../datasets/download.ts';
import { cutAfter, sendFile, serve } from './server.ts';

const file = Uint8Array.from({ length: 200_000 }, (_, i) => (i * 7 + (i >> 8)) & 255);

const get = (mirrors: readonly string[], more: Partial<DownloadRequest<Uint8Array>> = {}) =>
  download({
    where: 'test',
    file: 'numbers.gz',
    mirrors,
    mostBytes: 300_000,
    remedy: 'Do without.',
    check: (bytes) => {
      if (Buffer.compare(bytes, file) !== 0) throw new Error(`wrong content of ${bytes.length} bytes`);
      return bytes;
    },
    ...more,
  });

test('fetches the file from below the address of the mirror and reports how far it is', async () => {
  const { address, requests } = await serve((request, response) => sendFile(request, response, file));
  const seen: DownloadProgress[] = [];
  const { bytes } = await get([`${address}folder`], { progress: (state) => seen.push(state) });
  expect(Buffer.compare(bytes, file)).toBe(0);
  expect(requests.map(({ url }) => url)).toEqual(['/folder/numbers.gz']);
  expect(seen.at(-1)).toEqual({ file: 'numbers.gz', from: `${address}folder/numbers.gz`, received: 200_000, total: 200_000 });
});

test('takes a broken connection up where it broke', async () => {
  const { address, requests } = await serve((request, response, nth) => (nth === 1 ? cutAfter(response, file, 70_000) : sendFile(request, response, file)));
  await get([address]);
  expect(requests.map(({ headers }) => headers.range)).toEqual([undefined, 'bytes=70000-']);
  expect(requests[1]!.headers['if-range']).toBe('"one"');
});

test('calls again if the connection broke before the first byte', async () => {
  const { address, requests } = await serve((request, response, nth) => (nth === 1 ? request.socket.destroy() : sendFile(request, response, file)));
  await get([address]);
  expect(requests).toHaveLength(2);
});

test('begins again if the file changed meanwhile', async () => {
  const { address, requests } = await serve((request, response, nth) =>
    nth === 1 ? cutAfter(response, file.map(() => 1), 70_000, '"old"') : sendFile(request, response, file));
  await get([address]);
  expect(requests).toHaveLength(2);
});

test('begins again if the server knows no ranges', async () => {
  const { address, requests } = await serve((_, response, nth) => {
    if (nth === 1) cutAfter(response, file, 70_000);
    else response.writeHead(200, { 'content-length': file.length }).end(file);
  });
  await get([address]);
  expect(requests).toHaveLength(2);
});

test.each([
  ['another part than was asked for', 206, { 'content-range': 'bytes 5-199999/200000' }],
  ['that there is nothing more', 416, { 'content-range': 'bytes */200000' }],
])('begins again if the server sends %s', async (_, status, headers) => {
  const { address, requests } = await serve((request, response, nth) => {
    if (nth === 1) cutAfter(response, file, 70_000);
    else if (nth === 2) response.writeHead(status, headers).end(file.subarray(5));
    else sendFile(request, response, file);
  });
  await get([address]);
  expect(requests.map(({ headers: { range } }) => range)).toEqual([undefined, 'bytes=70000-', undefined]);
});

test('takes up a connection that has gone silent', async () => {
  const { address, requests } = await serve((request, response, nth) => {
    if (nth > 1) return sendFile(request, response, file);
    response.writeHead(200, { 'content-length': file.length, etag: '"one"' });
    response.write(file.subarray(0, 1000));
  });
  await get([address], { patience: 300 });
  expect(requests[1]!.headers.range).toBe('bytes=1000-');
});

test('gives up a server that takes the call and says nothing', async () => {
  const { address } = await serve(() => {});
  await expect(get([address], { patience: 300 })).rejects.toThrow('numbers.gz: no answer for 0.3 seconds');
});

test('waits for a slow server as long as bytes come', async () => {
  const { address, requests } = await serve((_, response) => {
    response.writeHead(200, { 'content-length': file.length });
    let sent = 0;
    const timer = setInterval(() => {
      response.write(file.subarray(sent, (sent += 40_000)));
      if (sent >= file.length) {
        clearInterval(timer);
        response.end();
      }
    }, 300);
  });
  await get([address], { patience: 1000 });
  expect(requests).toHaveLength(1);
});

test('asks the next mirror after an error, a wrong content, an endless answer, and a connection that breaks again and again', async () => {
  const missing = await serve((_, response) => response.writeHead(404, 'Not Found').end());
  const wrong = await serve((request, response) => sendFile(request, response, file.subarray(1)));
  const endless = await serve((_, response) => {
    response.writeHead(200);
    const more = () => response.destroyed || response.write(file, more);
    more();
  });
  const broken = await serve((_, response) => cutAfter(response, file, 70_000, 'W/"weak"'));
  const good = await serve((request, response) => sendFile(request, response, file));
  const { bytes } = await get([missing, wrong, endless, broken, good].map(({ address }) => address));
  expect(Buffer.compare(bytes, file)).toBe(0);
  expect(missing.requests).toHaveLength(1);
  expect(broken.requests.length).toBeLessThan(6);
});

test('names each mirror and its reason, and the remedy, if none has the file', async () => {
  const missing = await serve((_, response) => response.writeHead(404, 'Not Found').end());
  const wrong = await serve((request, response) => sendFile(request, response, file.subarray(1)));
  const long = await serve((_, response) => response.end(Buffer.alloc(400_000)));
  await expect(get([missing.address, wrong.address, long.address, 'http://127.0.0.1:1/'])).rejects.toThrow(
    new RegExp(
      [
        '^test: numbers.gz could not be downloaded.',
        'Tried:',
        `  ${missing.address}numbers.gz: HTTP 404 Not Found`,
        `  ${wrong.address}numbers.gz: wrong content of 199999 bytes`,
        `  ${long.address}numbers.gz: it sends more than the 300000 bytes that the file can have`,
        '  http://127.0.0.1:1/numbers.gz: .+',
        'Do without.$',
      ].join('\n'),
    ),
  );
});

test('what the progress callback throws stops the download', async () => {
  const { address, requests } = await serve((request, response) => sendFile(request, response, file));
  const progress = () => {
    throw new Error('enough');
  };
  await expect(get([address, address], { progress })).rejects.toThrow(/^enough$/);
  expect(requests).toHaveLength(1);
});

import { ModelError } from '../src/core/errors.ts';

/** How far a download has come. */
export interface DownloadProgress {
  /** Name of the file. */
  readonly file: string;
  /** The address that it comes from. */
  readonly from: string;
  /** Bytes received so far. */
  readonly received: number;
  /** Bytes in all, if the server says so. */
  readonly total: number | undefined;
}

export interface DownloadRequest<Content> {
  /** Who asks: the beginning of the error's message. */
  readonly where: string;
  /** Name of the file, appended to the address of each mirror. */
  readonly file: string;
  /** Addresses of folders on the web, asked in this order. */
  readonly mirrors: readonly string[];
  /** No honest answer is longer than this many bytes. */
  readonly mostBytes: number;
  /** Makes the content out of the bytes; throws, saying why, if they are not what was asked for. */
  readonly check: (bytes: Uint8Array) => Content | Promise<Content>;
  readonly progress?: ((progress: DownloadProgress) => void) | undefined;
  /** What to do if no mirror has the file: the end of the error's message. */
  readonly remedy: string;
  /** Milliseconds without a byte after which a connection counts as dead. */
  readonly patience?: number;
}

/** Attempts that bring no new byte before a mirror is given up, and attempts in all. */
const fruitlessAttempts = 3;
const allAttempts = 50;

/** A failure that another attempt at the same address will not mend. */
class Refusal extends Error {}

const reasonOf = (error: unknown): string => {
  const { message, cause } = error as Error;
  // fetch says only "fetch failed"; its cause knows more.
  return cause instanceof Error ? cause.message || (cause as NodeJS.ErrnoException).code || message : message;
};

/** Whether a connection broke that had been made: worth another call. */
const wasCut = (error: unknown) => ['UND_ERR_SOCKET', 'ECONNRESET'].includes(((error as Error).cause as NodeJS.ErrnoException | undefined)?.code ?? '');

function joinBytes(chunks: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/** Where an answer begins in the file (a server may ignore the range that was asked for) and how long the file is; no start if it is another part. */
function startOf(response: Response, asked: number): { start: number | undefined; total: number | undefined } {
  const { status, statusText, headers } = response;
  if (status === 200) {
    const length = headers.has('content-encoding') ? null : headers.get('content-length');
    return { start: 0, total: length === null ? undefined : Number(length) };
  }
  // 416: there is nothing at that place of the file.
  if (status !== 206 && !(status === 416 && asked > 0)) throw new Refusal(`HTTP ${status} ${statusText}`.trimEnd());
  const [, start, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get('content-range') ?? '') ?? [];
  return { start: Number(start) === asked ? asked : undefined, total: Number(total) || undefined };
}

/** All bytes at an address; a connection that breaks is taken up again where it broke, or from the start if the server cannot. */
async function bytesAt(url: string, { file, mostBytes, progress, patience = 30_000 }: DownloadRequest<unknown> & { progress: (progress: DownloadProgress) => void }): Promise<Uint8Array<ArrayBuffer>> {
  let chunks: Uint8Array[] = [];
  let received = 0;
  let furthest = 0;
  let tag: string | null = null;
  for (let attempt = 1, fruitless = 0; ; attempt++) {
    const before = furthest;
    const connection = new AbortController();
    const giveUp = () => connection.abort(new Error(`no answer for ${patience / 1000} seconds`));
    let timer = setTimeout(giveUp, patience);
    try {
      // Not packed for the way: the length would be that of the packed bytes, and there would be no place to take up from.
      const headers: Record<string, string> = { 'accept-encoding': 'identity' };
      if (received > 0) headers['range'] = `bytes=${received}-`;
      if (received > 0 && tag) headers['if-range'] = tag;
      const response = await fetch(url, { headers, signal: connection.signal });
      const { start, total } = startOf(response, received);
      if (start !== received || start === 0) {
        chunks = [];
        received = 0;
        // A weak tag (W/…) does not promise the same bytes.
        const given = response.headers.get('etag');
        tag = given?.startsWith('"') ? given : null;
      }
      if (start === undefined) throw new Error('it does not send the part that was asked for');
      const reader = response.body?.getReader();
      for (let next = await reader?.read(); next && !next.done; next = await reader!.read()) {
        clearTimeout(timer);
        timer = setTimeout(giveUp, patience);
        chunks.push(next.value);
        received += next.value.length;
        if (received > mostBytes) throw new Refusal(`it sends more than the ${mostBytes} bytes that the file can have`);
        furthest = Math.max(furthest, received);
        progress({ file, from: url, received, total });
      }
      if (total !== undefined && received !== total) throw new Error(`the connection ended after ${received} of ${total} bytes`);
      return joinBytes(chunks, received);
    } catch (error) {
      fruitless = furthest > before ? 0 : fruitless + 1;
      if (error instanceof Refusal || (furthest === 0 && !wasCut(error)) || fruitless >= fruitlessAttempts || attempt >= allAttempts) throw error;
      await new Promise((resume) => setTimeout(resume, 200 * fruitless));
    } finally {
      clearTimeout(timer);
      connection.abort();
    }
  }
}

/**
 * Fetches a file from the first mirror that has it whole and right; nothing is written.
 * @returns the bytes as received, and what `check` made of them
 * @throws ModelError that names each mirror and why it failed; what `progress` throws, which stops the download
 */
export async function download<Content>(request: DownloadRequest<Content>): Promise<{ bytes: Uint8Array; content: Content }> {
  const failures: string[] = [];
  let stopped: { by: unknown } | undefined;
  const progress = (state: DownloadProgress) => {
    try {
      request.progress?.(state);
    } catch (by) {
      stopped = { by };
      throw new Refusal('stopped');
    }
  };
  for (const mirror of request.mirrors) {
    const url = new URL(request.file, mirror.endsWith('/') ? mirror : `${mirror}/`).href;
    try {
      const bytes = await bytesAt(url, { ...request, progress });
      return { bytes, content: await request.check(bytes) };
    } catch (error) {
      if (stopped) throw stopped.by;
      failures.push(`  ${url}: ${reasonOf(error)}`);
    }
  }
  throw new ModelError(request.where, [`${request.file} could not be downloaded.`, 'Tried:', ...failures, request.remedy].join('\n'));
}

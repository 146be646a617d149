import { z } from 'zod';
import { parseOptions } from '../../core/errors.ts';
import type { Callback } from './callback.ts';

const options = z.strictObject({
  /** Where the server is. */
  root: z.url({ protocol: /^https?$/ }).default('http://localhost:9000'),
  /** Where on the server the numbers go. */
  path: z.string().default('/publish/epoch/end/'),
  /** Beside the type of what is sent. */
  headers: z.record(z.string(), z.string()).default({}),
});

/** How long an epoch waits for the server. */
const patience = 5000;

/** Sends the numbers of each epoch to a server: POST of `{ epoch, loss, … }` as JSON. A server that fails is told of once; training goes on. */
export function remoteMonitor(given: z.input<typeof options> = {}): Callback {
  const { root, path, headers } = parseOptions('remoteMonitor', options, given);
  const url = root.replace(/\/+$/, '') + (path.startsWith('/') ? path : `/${path}`);
  let warned = false;
  return {
    onTrainBegin() {
      warned = false;
    },
    async onEpochEnd(epoch, logs) {
      try {
        const answer = await fetch(url, {
          method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify({ epoch, ...logs }), signal: AbortSignal.timeout(patience),
        });
        await answer.body?.cancel();
        if (!answer.ok) throw new Error(`it answered ${answer.status}`);
      } catch (error) {
        if (warned) return;
        warned = true;
        const { message, cause, name } = error as Error;
        const reason = name === 'TimeoutError' ? `no answer in ${patience / 1000} s` : cause instanceof Error ? (cause.message || (cause as { code?: string }).code) : message;
        console.warn(`ibex: remoteMonitor cannot post to ${url}: ${reason}; training goes on.`);
      }
    },
  };
}

import type { Callback, Logs, Training } from './callback.ts';

/** Where progress goes: a terminal that a line can be rewritten on, or a log. */
interface Output { readonly live: boolean; write(text: string): void }

const standardOutput = (): Output => {
  const stream = (globalThis as { process?: { stdout?: { isTTY?: boolean; write(text: string): unknown } } }).process?.stdout;
  // A browser has no stream, only whole lines.
  return stream ? { live: stream.isTTY === true, write: (text) => void stream.write(text) } : { live: false, write: (text) => console.log(text.trimEnd()) };
};

const shown = (value: number) => (value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e5) ? value.toExponential(3) : value.toFixed(4));
const listed = (logs: Logs) => Object.entries(logs).map(([name, value]) => `${name}: ${shown(value)}`).join(' - ');
const bar = (share: number, width = 24) => '━'.repeat(Math.round(share * width)).padEnd(width, '─');
const seconds = (ms: number) => (ms < 1000 ? `${Math.round(ms)}ms` : ms < 60_000 ? `${(ms / 1000).toFixed(1)}s` : `${Math.floor(ms / 60_000)}m${String(Math.round((ms % 60_000) / 1000)).padStart(2, '0')}s`);
const rate = (ms: number) => (ms < 1 ? `${Math.round(ms * 1000)}µs/step` : `${ms < 10 ? ms.toFixed(1) : Math.round(ms)}ms/step`);

/** Prints each epoch: a bar that moves on a terminal, one line in a log. `fit` adds it unless `verbose` is 0. */
export function progress(output: Output = standardOutput()): Callback {
  let begun = 0;
  let shownAt = 0;
  const heading = (epoch: number, { epochs }: Training) => `Epoch ${String(epoch + 1).padStart(String(epochs).length)}/${epochs}`;
  let epochNow = 0;
  return {
    onEpochBegin(epoch) {
      begun = performance.now();
      shownAt = begun;
      epochNow = epoch;
    },
    sparse: true,
    // Logs are read from the engine only when a line is drawn: at most ten times a second.
    ...(output.live && {
      onBatchEnd(batch: number, logs: Logs, training: Training) {
        const now = performance.now();
        if (now - shownAt < 100) return;
        shownAt = now;
        const done = training.steps ? bar((batch + 1) / training.steps) : `batch ${batch + 1}`;
        const left = training.steps ? ` - ${seconds(((now - begun) / (batch + 1)) * (training.steps - batch - 1))} left` : '';
        output.write(`\r\x1b[K${heading(epochNow, training)} ${done}${left} - ${listed(logs)}`);
      },
    }),
    onEpochEnd(epoch, logs, training) {
      const took = performance.now() - begun;
      const steps = training.steps ?? 1;
      output.write(`${output.live ? '\r\x1b[K' : ''}${heading(epoch, training)}${output.live ? ` ${bar(1)}` : ''} - ${seconds(took)} - ${rate(took / steps)} - ${listed(logs)}\n`);
    },
  };
}

import type { Callback, Logs, Training } from './callback.ts';

/** Where progress goes: a terminal that a line can be rewritten on, or a log. */
export interface Output {
  readonly live: boolean;
  /** Width of the terminal, if that is known. */
  readonly columns?: number | undefined;
  write(text: string): void;
}

interface Stream { readonly isTTY?: boolean; readonly columns?: number; write(text: string): unknown }

/** `live`: whether lines may be rewritten, if it is a terminal. */
export const standardOutput = ({ live = true } = {}): Output => {
  const stream = (globalThis as { process?: { stdout?: Stream } }).process?.stdout;
  // A browser has no stream, only whole lines.
  return stream
    ? { live: live && stream.isTTY === true, get columns() { return stream.columns; }, write: (text) => void stream.write(text) }
    : { live: false, write: (text) => console.log(text.trimEnd()) };
};

const shown = (value: number) => (value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e5) ? value.toExponential(3) : value.toFixed(4));
const listed = (logs: Logs) => Object.entries(logs).map(([name, value]) => `${name}: ${shown(value)}`).join(' - ');
const bar = (share: number, width = 24) => '━'.repeat(Math.round(share * width)).padEnd(width, '─');
const minutes = (s: number) => `${Math.floor(s / 60)}m${String(s % 60).padStart(2, '0')}s`;
const seconds = (ms: number) => (ms < 999.5 ? `${Math.round(ms)}ms` : ms < 59_950 ? `${(ms / 1000).toFixed(1)}s` : minutes(Math.round(ms / 1000)));
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
        // A line that wraps could not be rewritten.
        output.write(`\r\x1b[K${`${heading(epochNow, training)} ${done}${left} - ${listed(logs)}`.slice(0, output.columns && output.columns - 1)}`);
      },
    }),
    onEpochEnd(epoch, logs, training) {
      const took = performance.now() - begun;
      const steps = training.steps ?? 1;
      output.write(`${output.live ? '\r\x1b[K' : ''}${heading(epoch, training)}${output.live ? ` ${bar(1)}` : ''} - ${seconds(took)} - ${rate(took / steps)} - ${listed(logs)}\n`);
    },
  };
}

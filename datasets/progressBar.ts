import type { DownloadProgress } from './download.ts';

const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);

export interface ProgressBar {
  readonly show: (progress: DownloadProgress) => void;
  /** Leaves the line, so that what is printed next stands on its own. */
  readonly end: () => void;
}

/** A bar on stderr, drawn over itself; silent where stderr is not a terminal. */
export function progressBar(): ProgressBar {
  const out = (globalThis as { process?: NodeJS.Process }).process?.stderr;
  let shown = '';
  return {
    show({ file, received, total }) {
      if (!out?.isTTY) return;
      const filled = total ? Math.min(24, Math.floor((24 * received) / total)) : 0;
      const bar = total ? ` [${'='.repeat(filled).padEnd(24)}]` : '';
      const line = `${file}${bar} ${megabytes(received)}${total ? ` of ${megabytes(total)}` : ''} MB`;
      if (line !== shown) out.write(`\r${line.padEnd(shown.length)}`);
      shown = line;
    },
    end() {
      if (shown) out?.write('\n');
      shown = '';
    },
  };
}

/** What of a recording several threads do. */
import { heap } from '../heap.ts';
import type { Call } from '../replay/capture.ts';
import { dismiss, hire, layDown, present, work } from './crew.ts';
import { newPace, newSite, type Pace } from './pace.ts';
import { share } from './share.ts';

let expected: { readonly helpers: number; readonly module: WebAssembly.Module; readonly pace: Pace; hired: boolean; failed: boolean } | undefined;

/** Helpers begin when there is work for them; of an engine that went before there are none any more. */
export function expectHelpers(helpers: number, module: WebAssembly.Module): void {
  dismiss();
  expected = helpers > 0 ? { helpers, module, pace: newPace(), hired: false, failed: false } : undefined;
}

export function startHelpers(): void {
  if (!expected || expected.hired) return;
  expected.hired = true;
  hire(expected.helpers, expected.module);
}

export interface Job {
  /** Alone or together, whichever has been faster of late. */
  run(): void;
  alone(): void;
  /** Whether it was done: if a helper failed, it was not, and nobody helps any more. */
  together(): boolean;
  dispose(): void;
}

/** A kernel call that several threads can do; `undefined` where that is never worth its while. */
export function jobOf(call: Call): Job | undefined {
  if (!expected) return undefined;
  const crew = expected;
  const shared = share(call, crew.helpers + 1);
  if (!shared) return undefined;
  const { address, start } = layDown(shared);
  const site = newSite();
  const { kernel, values } = call;
  const job: Job = {
    run() {
      const begin = performance.now();
      if (crew.hired && !crew.failed && present() > 0 && crew.pace.shares(site, begin)) {
        if (!job.together()) job.alone();
        const end = performance.now();
        crew.pace.together(site, end - begin, end);
        return;
      }
      job.alone();
      crew.pace.alone(site, performance.now() - begin);
      if (!crew.hired && crew.pace.isWorthwhile()) startHelpers();
    },
    alone: () => (heap.kernels[kernel] as (...given: readonly number[]) => void)(...values),
    together() {
      if (work(address)) return true;
      crew.failed = true;
      return false;
    },
    dispose: () => heap.module._free(start),
  };
  return job;
}

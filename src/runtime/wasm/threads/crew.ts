/**
 * Threads that help with kernel calls. A job is a list of calls in the heap, each of which whoever is free takes: a helper, or the
 * thread that runs the recording. So a helper that has not begun yet costs nothing but its help.
 */
import { parameters, type Kernels } from '../generated/kernels.ts';
import { heap, scratchSize } from '../heap.ts';
import { helperSource } from './helper.ts';
import type { Shared } from './share.ts';

const names = Object.keys(parameters) as (keyof Kernels)[];

/** How often to look for what comes before going to sleep: about 10 µs, as waking somebody takes about as long. */
const looks = 600;
/** The number of the next call in the lower bits of `claim`, the job's in the others; this one is no call. */
const nothing = 255;
const numberBits = 8;

/** Places at `control`, in integers; behind them, of each helper, where its working memory is and how large. */
const places = { claim: 0, job: 1, left: 2, asleep: 3, failed: 4, pages: 5, ready: 6, scratch: 8 } as const;
/** A job: kernel, number of calls, values of each; then the values, as float64. */
const header = 16;

const none = { integers: new Int32Array(), floats: new Float64Array() };
let control = 0;
let views = none;
let number = 0;
let helpers: { readonly count: number; scratch: number[]; scratchBytes: number } | undefined;

function look(): void {
  const { buffer } = heap.module.asm.memory;
  if (views.integers.byteLength !== buffer.byteLength) views = { integers: new Int32Array(buffer), floats: new Float64Array(buffer) };
}

/** Aligned to 16 bytes, and in view. */
function allocate(bytes: number): { readonly start: number; readonly aligned: number } {
  const start = heap.module._malloc(bytes + 16) >>> 0;
  if (start === 0) throw new Error('The WebAssembly engine has no memory left for threads.');
  look();
  return { start, aligned: (start + 15) & ~15 };
}

/** Gives helpers as much working memory as the thread has that runs recordings, so that they cut their work up alike. No job may be under way. */
function arrangeScratch(crew: NonNullable<typeof helpers>): void {
  for (const start of crew.scratch) heap.module._free(start);
  crew.scratch = [];
  for (let i = 0; i < crew.count; i++) {
    const { start, aligned } = allocate(scratchSize());
    crew.scratch.push(start);
    views.integers.set([aligned, scratchSize()], control + places.scratch + 2 * i);
  }
  crew.scratchBytes = scratchSize();
}

/** Lets helpers begin; they keep no process alive. Where there is no room for threads, or none may be started, nobody helps. */
export function hire(count: number, kernelModule: WebAssembly.Module): void {
  const crew = { count, scratch: [], scratchBytes: 0 };
  try {
    const size = places.scratch + 2 * count;
    control = allocate(4 * size).aligned >> 2;
    views.integers.fill(0, control, control + size);
    views.integers[control] = nothing;
    arrangeScratch(crew);
    helpers = crew;
    const { Worker } = process.getBuiltinModule('node:worker_threads');
    const { memory } = heap.module.asm;
    for (let i = 0; i < count; i++) {
      const workerData = { kernelModule, memory, names, control, places, scratch: control + places.scratch + 2 * i, nothing, looks };
      // What a program asks Node to load first is its own affair, not a helper's.
      new Worker(helperSource, { eval: true, name: 'ibex', workerData, execArgv: [], env: {} }).on('error', () => undefined).unref();
    }
  } catch {
    // Those that began will do.
  }
}

/** How many helpers are there by now. */
export const present = (): number => (helpers ? Atomics.load(views.integers, control + places.ready) : 0);

/** Forgets the helpers of an engine that is gone. */
export function dismiss(): void {
  helpers = undefined;
  views = none;
}

/** Lays down calls of one kernel as a job; gives its address, and what to free when it is done with for good. */
export function layDown({ kernel, calls }: Shared): { readonly address: number; readonly start: number } {
  const size = parameters[kernel].length;
  const { start, aligned } = allocate(header + 8 * size * calls.length);
  views.integers.set([names.indexOf(kernel), calls.length, size], aligned >> 2);
  views.floats.set(calls.flat(), (aligned + header) >> 3);
  return { address: aligned, start };
}

/** Does a job, and returns when nobody works at it any more: whether all of it was done. */
export function work(address: number): boolean {
  try {
    if (helpers!.scratchBytes !== scratchSize()) arrangeScratch(helpers!);
  } catch {
    return false;
  }
  look();
  const { integers, floats } = views;
  const at = address >> 2;
  const count = integers[at + 1]!;
  const size = integers[at + 2]!;
  const kernel = heap.kernels[names[integers[at]!]!] as (...values: readonly number[]) => void;
  const claim = control + places.claim;
  const left = control + places.left;
  // The order matters: nobody may take a call by the number of one job and the address of another.
  number = (number + 1) & 0x7fffff;
  Atomics.store(integers, control + places.pages, integers.byteLength / 65536);
  Atomics.store(integers, control + places.job, at);
  Atomics.store(integers, left, count);
  Atomics.store(integers, claim, number << numberBits);
  if (Atomics.load(integers, control + places.asleep) > 0) Atomics.notify(integers, claim, count - 1);
  for (;;) {
    const part = Atomics.add(integers, claim, 1) & nothing;
    if (part >= count) break;
    const from = ((address + header) >> 3) + part * size;
    try {
      kernel(...floats.subarray(from, from + size));
    } catch {
      Atomics.store(integers, control + places.failed, 1);
    }
    Atomics.sub(integers, left, 1);
  }
  for (let turn = 0; ; turn++) {
    const rest = Atomics.load(integers, left);
    if (rest === 0) break;
    if (turn >= looks) Atomics.wait(integers, left, rest);
  }
  // Whoever looks from now on finds nothing: the job's memory may be another's soon.
  Atomics.store(integers, claim, (number << numberBits) | nothing);
  return Atomics.exchange(integers, control + places.failed, 0) === 0;
}

/**
 * Threads that help with kernel calls. A job is a list of calls in the heap, each of which whoever is free takes: a helper, or the
 * thread that runs the recording. So a helper that is late, or whose core is busy elsewhere, costs nothing but its help.
 */
import { Worker } from 'node:worker_threads';
import { parameters, type Kernels } from '../generated/kernels.ts';
import { heap } from '../heap.ts';
import { helperSource } from './helper.ts';
import { scratchBytes } from './share.ts';

const names = Object.keys(parameters) as (keyof Kernels)[];

/** How often to look for what comes before going to sleep: about 50 µs, as waking takes about as long. */
const looks = 5000;
/** The number of the next call in the lower bits of `claim`, the job's in the others; this one is no call. */
const nothing = 15;

// Places at `control`, in integers.
const claim = 0;
const job = 1;
const left = 2;
/** A job: kernel, number of calls, values of each, pages of the heap that it may lie and work in; then the values, as float64. */
const header = 16;

let control = 0;
let views = { integers: new Int32Array(), floats: new Float64Array() };
let number = 0;

/** Aligned to 8 bytes, and in view. */
function allocate(bytes: number): { start: number; aligned: number } {
  const start = heap.module._malloc(bytes + 8) >>> 0;
  const { buffer } = heap.module.asm.memory;
  if (views.integers.byteLength !== buffer.byteLength) views = { integers: new Int32Array(buffer), floats: new Float64Array(buffer) };
  return { start, aligned: (start + 7) & ~7 };
}

/** Lets helpers begin. They keep no process alive. */
export function hire(count: number, kernelModule: WebAssembly.Module): void {
  control = allocate(16).aligned;
  views.integers.fill(0, control >> 2, (control >> 2) + 4);
  const memory = heap.module.asm.memory;
  for (let i = 0; i < count; i++) {
    const scratch = (allocate(scratchBytes + 16).aligned + 15) & ~15;
    new Worker(helperSource, { eval: true, name: 'ibex', workerData: { kernelModule, memory, names, scratch, scratchBytes, control, looks } }).unref();
  }
}

/** Lays down calls of one kernel as a job; gives its address, and what to free when it is done with for good. */
export function layDown(kernel: keyof Kernels, calls: readonly (readonly number[])[]): { readonly address: number; readonly start: number } {
  const size = parameters[kernel].length;
  const { start, aligned } = allocate(header + 8 * size * calls.length);
  views.integers.set([names.indexOf(kernel), calls.length, size, views.integers.byteLength / 65536], aligned >> 2);
  views.floats.set(calls.flat(), (aligned + header) >> 3);
  return { address: aligned, start };
}

/** Does a job, and returns when it is done. */
export function work(address: number): void {
  const { integers, floats } = views;
  const at = control >> 2;
  const count = integers[(address >> 2) + 1]!;
  const size = integers[(address >> 2) + 2]!;
  const kernel = heap.kernels[names[integers[address >> 2]!]!] as (...values: readonly number[]) => void;
  // The order matters: nobody may take a call by the number of one job and the address of another.
  number = (number + 1) & 0x7ffffff;
  Atomics.store(integers, at + claim, (number << 4) | nothing);
  Atomics.store(integers, at + job, address);
  Atomics.store(integers, at + left, count);
  Atomics.store(integers, at + claim, number << 4);
  Atomics.notify(integers, at + claim);
  for (;;) {
    const part = Atomics.add(integers, at + claim, 1) & nothing;
    if (part >= count) break;
    const from = ((address + header) >> 3) + part * size;
    kernel(...floats.subarray(from, from + size));
    Atomics.sub(integers, at + left, 1);
  }
  for (let look = 0; ; look++) {
    const rest = Atomics.load(integers, at + left);
    if (rest === 0) return;
    if (look >= looks) Atomics.wait(integers, at + left, rest);
  }
}

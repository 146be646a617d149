/**
 * What a helping thread runs. It is text, as a thread starts from a file or from text, and files have other names here than in the package.
 * It waits for a job at `control`, takes calls as long as there are any, and sleeps if there is nothing to do for a while.
 */
export const helperSource = `
const { workerData: { kernelModule, memory, names, scratch, scratchBytes, control, looks } } = require('node:worker_threads');
const { exports: kernels } = new WebAssembly.Instance(kernelModule, { env: { memory } });
kernels.useScratch(scratch, scratchBytes);
let integers, floats;
const show = () => {
  integers = new Int32Array(memory.buffer);
  floats = new Float64Array(memory.buffer);
};
show();
const claim = control >> 2, job = claim + 1, left = claim + 2;
for (;;) {
  const seen = Atomics.load(integers, claim);
  const at = Atomics.load(integers, job) >> 2;
  const part = seen & 15;
  // That the heap has grown, which the job may lie and work in, is heard of here a little later.
  if (at !== 0 && !(integers[at + 3] <= integers.byteLength / 65536)) {
    show();
    continue;
  }
  if (at === 0 || part >= integers[at + 1]) {
    let look = 0;
    while (look < looks && Atomics.load(integers, claim) === seen) look++;
    if (look === looks) Atomics.wait(integers, claim, seen);
    continue;
  }
  if (Atomics.compareExchange(integers, claim, seen, seen + 1) !== seen) continue;
  const size = integers[at + 2];
  const from = (at >> 1) + 2 + part * size;
  kernels[names[integers[at]]](...floats.subarray(from, from + size));
  if (Atomics.sub(integers, left, 1) === 1) Atomics.notify(integers, left);
}
`;

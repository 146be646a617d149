/**
 * What a helping thread runs. It is text, as a thread starts from a file or from text, and files have other names here than in the package.
 * It waits for a job at `control`, takes calls as long as there are any, and sleeps if there is nothing to do for a while. `places` is where
 * in `control` things are (crew.ts); `scratch`, where it finds its own working memory.
 */
export const helperSource = `
const { workerData: { kernelModule, memory, names, control, places, scratch, nothing, looks } } = require('node:worker_threads');
const { exports: kernels } = new WebAssembly.Instance(kernelModule, { env: { memory } });
let integers, floats;
const show = () => {
  integers = new Int32Array(memory.buffer);
  floats = new Float64Array(memory.buffer);
};
show();
const claim = control + places.claim, job = control + places.job, left = control + places.left, asleep = control + places.asleep, failed = control + places.failed;
const pages = control + places.pages;
let scratchAt = 0, scratchBytes = 0;
Atomics.add(integers, control + places.ready, 1);
for (;;) {
  const seen = Atomics.load(integers, claim);
  const part = seen & nothing;
  const at = Atomics.load(integers, job);
  // That the heap has grown, which the job may lie and work in, is heard of here a little later.
  if (part !== nothing && Atomics.load(integers, pages) > integers.byteLength / 65536) {
    show();
    continue;
  }
  if (part === nothing || part >= integers[at + 1]) {
    let look = 0;
    while (look < looks && Atomics.load(integers, claim) === seen) look++;
    if (look === looks) {
      Atomics.add(integers, asleep, 1);
      Atomics.wait(integers, claim, seen);
      Atomics.sub(integers, asleep, 1);
    }
    continue;
  }
  if (Atomics.compareExchange(integers, claim, seen, seen + 1) !== seen) continue;
  try {
    if (scratchAt !== integers[scratch] || scratchBytes !== integers[scratch + 1]) kernels.useScratch(scratchAt = integers[scratch], scratchBytes = integers[scratch + 1]);
    const size = integers[at + 2];
    const from = (at >> 1) + 2 + part * size;
    kernels[names[integers[at]]](...floats.subarray(from, from + size));
  } catch {
    Atomics.store(integers, failed, 1);
  }
  if (Atomics.sub(integers, left, 1) === 1) Atomics.notify(integers, left);
}
`;

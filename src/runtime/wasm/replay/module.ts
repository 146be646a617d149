/** Writes WebAssembly: one function that runs a program for every batch of an order of rows. */
import { parameters, type Kernels } from '../generated/kernels.ts';
import { heap } from '../heap.ts';
import { isShared } from '../threads/sharedMemory.ts';
import { jobOf } from '../threads/threads.ts';
import { Bytes } from './bytes.ts';
import type { Call } from './capture.ts';
import { again } from './foreign.ts';
import { isLoop } from './fuse.ts';
import { advance, getLocal, integer } from './instructions.ts';
import { writeLoop } from './loop.ts';
import type { Outcome } from './place.ts';
import type { Program } from './program.ts';

const number = { i32: 0x7f, f32: 0x7d } as const;
/** Limits of memory with a maximum, which shared memory has to have. */
const unshared = 0b01;
const shared = 0b11;
const typeOf = { address: number.i32, integer: number.i32, float: number.f32 } as const;

const section = (into: Bytes, id: number, fill: (inner: Bytes) => Bytes): Bytes => into.byte(id).sized(fill(new Bytes()));

/** A call with the place in the order of rows among its values, and the address of one of the data. */
export interface GatherCall { readonly kernel: 'gather'; readonly values: readonly (number | 'rows' | { readonly data: number })[] }

export interface Repeated {
  readonly gathers: readonly GatherCall[];
  readonly program: Program;
  readonly moves: readonly Outcome[];
  readonly batchSize: number;
  /** Where the working memory lies. */
  readonly base: number;
}

/** Local variables of the function: its parameters. */
const steps = 0;
const rows = 1;
const firstData = 2;

/** A call of a kernel; of a function of the host, or of a loop, by its number among those. */
type Step = { readonly call: Call | GatherCall } | { readonly host: number } | { readonly loop: number };

function body(list: readonly Step[], { moves, batchSize }: Repeated, indexOf: (called: keyof Kernels | Exclude<Step, { readonly call: unknown }>) => number): Bytes {
  // No local variables beside the parameters; a loop without a result.
  const code = new Bytes().unsigned(0).byte(0x03, 0x40);
  for (const step of list) {
    if (!('call' in step)) {
      code.byte(0x10).unsigned(indexOf(step));
      continue;
    }
    const { kernel, values } = step.call;
    parameters[kernel].forEach(([, type], i) => {
      const value = values[i]!;
      if (value === 'rows') getLocal(code, rows);
      else if (typeof value === 'object') getLocal(code, firstData + value.data);
      else if (type === 'float') code.byte(0x43).float(value);
      else integer(code, value);
    });
    code.byte(0x10).unsigned(indexOf(kernel));
  }
  // memory.copy
  for (const { from, to, bytes } of moves) integer(integer(integer(code, to), from), bytes).byte(0xfc).unsigned(10).byte(0, 0);
  advance(code, rows, 4 * batchSize);
  // steps -= 1; again while steps
  integer(getLocal(code, steps), 1).byte(0x6b, 0x22).unsigned(steps).byte(0x0d, 0);
  return code.byte(0x0b, 0x0b);
}

/** `run(steps, address of the first row's index, addresses of the data)`. */
export function compileProgram(repeated: Repeated): { run(steps: number, rows: number, ...data: readonly number[]): void; dispose(): void } {
  const { gathers, program: { nodes, placed, needed }, base } = repeated;
  const moved = (address: number) => placed.moved(address, base);
  const calls = nodes.map(({ work }) => work).filter((work) => 'kernel' in work);
  const used = [...new Set<keyof Kernels>([...gathers, ...calls].map(({ kernel }) => kernel))];
  // Functions of the host come behind the kernels, loops behind all that is imported.
  const host: { run(): void; dispose(): void }[] = [];
  const loops: (() => Bytes)[] = [];
  const list: Step[] = [...gathers.map((call) => ({ call })), ...nodes.map(({ work }): Step => {
    if (isLoop(work)) return { loop: loops.push(() => writeLoop(work, moved, needed)) - 1 };
    if ('run' in work) return { host: host.push(again(work, moved)) - 1 };
    const types = parameters[work.kernel];
    const call = { kernel: work.kernel, values: work.values.map((value, i) => (types[i]![1] === 'address' ? moved(value) : value)) };
    const job = jobOf(call);
    return job ? { host: host.push(job) - 1 } : { call };
  })];
  const imported = used.length + host.length;
  const wasm = new Bytes().byte(0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
  section(wasm, 1, (types) => {
    types.unsigned(used.length + 2);
    for (const kernel of used) {
      const own = parameters[kernel];
      types.byte(0x60).unsigned(own.length).byte(...own.map(([, type]) => typeOf[type])).unsigned(0);
    }
    const own = [number.i32, number.i32, ...gathers.map(() => number.i32)];
    return types.byte(0x60).unsigned(own.length).byte(...own).unsigned(0).byte(0x60).unsigned(0).unsigned(0);
  });
  section(wasm, 2, (imports) => {
    imports.unsigned(imported + 1).text('heap').text('memory').byte(0x02, isShared(heap.module.asm.memory) ? shared : unshared).unsigned(0).unsigned(65536);
    used.forEach((kernel, i) => imports.text('kernels').text(kernel).byte(0x00).unsigned(i));
    host.forEach((_, i) => imports.text('host').text(String(i)).byte(0x00).unsigned(used.length + 1));
    return imports;
  });
  section(wasm, 3, (functions) => {
    functions.unsigned(loops.length + 1);
    for (const _ of loops) functions.unsigned(used.length + 1);
    return functions.unsigned(used.length);
  });
  section(wasm, 7, (exports) => exports.unsigned(1).text('run').byte(0x00).unsigned(imported + loops.length));
  section(wasm, 10, (code) => {
    code.unsigned(loops.length + 1);
    for (const loop of loops) code.sized(loop());
    return code.sized(body(list, repeated, (called) => (typeof called === 'string' ? used.indexOf(called) : 'host' in called ? used.length + called.host : imported + called.loop)));
  });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wasm.done()), {
    heap: { memory: heap.module.asm.memory }, kernels: heap.kernels as unknown as WebAssembly.ModuleImports,
    host: Object.fromEntries(host.map(({ run }, i) => [String(i), run])),
  });
  return {
    run: exports.run as (steps: number, rows: number, ...data: readonly number[]) => void,
    dispose() {
      for (const each of host) each.dispose();
    },
  };
}

/** Writes WebAssembly: one function that runs a program for every batch of an order of rows. */
import { parameters, type Kernels } from '../generated/kernels.ts';
import { heap } from '../heap.ts';
import { Bytes } from './bytes.ts';
import type { Call } from './capture.ts';
import { again } from './foreign.ts';
import { isLoop } from './fuse.ts';
import { advance, getLocal, integer } from './instructions.ts';
import { writeLoop } from './loop.ts';
import type { Outcome } from './place.ts';
import type { Program } from './program.ts';

const number = { i32: 0x7f, f32: 0x7d } as const;
const typeOf = { address: number.i32, integer: number.i32, float: number.f32 } as const;

const section = (into: Bytes, id: number, fill: (inner: Bytes) => Bytes): Bytes => into.byte(id).sized(fill(new Bytes()));

/** A call with the place in the order of rows as one of its values. */
export interface GatherCall { readonly kernel: 'gather'; readonly values: readonly (number | 'rows')[] }

export interface Repeated {
  readonly gathers: readonly GatherCall[];
  readonly program: Program;
  readonly moves: readonly Outcome[];
  readonly batchSize: number;
  /** Where the working memory lies. */
  readonly base: number;
}

/** Local variables of the function: its two parameters. */
const steps = 0;
const rows = 1;

/** A call of a kernel, or of a function without parameters by its number. */
type Step = { readonly call: Call | GatherCall } | { readonly own: number };

function body(list: readonly Step[], { moves, batchSize }: Repeated, indexOf: (kernel: keyof Kernels) => number): Bytes {
  // No local variables beside the parameters; a loop without a result.
  const code = new Bytes().unsigned(0).byte(0x03, 0x40);
  for (const step of list) {
    if ('own' in step) {
      code.byte(0x10).unsigned(step.own);
      continue;
    }
    const { kernel, values } = step.call;
    parameters[kernel].forEach(([, type], i) => {
      const value = values[i]!;
      if (value === 'rows') getLocal(code, rows);
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

/** `run(steps, address of the first row's index)`. */
export function compileProgram(repeated: Repeated): { run(steps: number, rows: number): void; dispose(): void } {
  const { gathers, program: { nodes, placed, needed }, base } = repeated;
  const moved = (address: number) => placed.moved(address, base);
  const calls = nodes.map(({ work }) => work).filter((work) => 'kernel' in work);
  const used = [...new Set<keyof Kernels>([...gathers, ...calls].map(({ kernel }) => kernel))];
  const strangers = nodes.map(({ work }) => work).filter((work) => 'run' in work).map((work) => again(work, moved));
  const imported = used.length + strangers.length;
  const loops: Bytes[] = [];
  let stranger = used.length;
  const list: Step[] = [...gathers.map((call) => ({ call })), ...nodes.map(({ work }): Step => {
    if (isLoop(work)) return { own: imported + loops.push(writeLoop(work, moved, needed)) - 1 };
    if ('run' in work) return { own: stranger++ };
    const types = parameters[work.kernel];
    return { call: { kernel: work.kernel, values: work.values.map((value, i) => (types[i]![1] === 'address' ? moved(value) : value)) } };
  })];
  const wasm = new Bytes().byte(0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
  section(wasm, 1, (types) => {
    types.unsigned(used.length + 2);
    for (const kernel of used) {
      const own = parameters[kernel];
      types.byte(0x60).unsigned(own.length).byte(...own.map(([, type]) => typeOf[type])).unsigned(0);
    }
    return types.byte(0x60).unsigned(2).byte(number.i32, number.i32).unsigned(0).byte(0x60).unsigned(0).unsigned(0);
  });
  section(wasm, 2, (imports) => {
    imports.unsigned(imported + 1).text('heap').text('memory').byte(0x02, 0x00).unsigned(0);
    used.forEach((kernel, i) => imports.text('kernels').text(kernel).byte(0x00).unsigned(i));
    strangers.forEach((_, i) => imports.text('operations').text(String(i)).byte(0x00).unsigned(used.length + 1));
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
    for (const loop of loops) code.sized(loop);
    return code.sized(body(list, repeated, (kernel) => used.indexOf(kernel)));
  });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wasm.done()), {
    heap: { memory: heap.module.asm.memory }, kernels: heap.kernels as unknown as WebAssembly.ModuleImports,
    operations: Object.fromEntries(strangers.map(({ run }, i) => [String(i), run])),
  });
  return {
    run: exports.run as (steps: number, rows: number) => void,
    dispose() {
      for (const each of strangers) each.dispose();
    },
  };
}

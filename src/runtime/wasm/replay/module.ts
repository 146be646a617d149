/**
 * Writes WebAssembly: one function that runs a list of kernel calls for every batch of an order of rows.
 * Encoding: WebAssembly Core Specification 2.0, chapter 5.
 */
import { parameters, type Kernels } from '../generated/kernels.ts';
import { heap } from '../heap.ts';
import type { Call } from './capture.ts';

const number = { i32: 0x7f, f32: 0x7d } as const;
const typeOf = { address: number.i32, integer: number.i32, float: number.f32 } as const;

/** Bytes of a module under way. */
class Bytes {
  #bytes = new Uint8Array(1 << 12);
  length = 0;

  byte(...values: readonly number[]): this {
    if (this.length + values.length > this.#bytes.length) {
      const larger = new Uint8Array(2 * this.#bytes.length + values.length);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    for (const value of values) this.#bytes[this.length++] = value;
    return this;
  }

  /** LEB128, unsigned. */
  unsigned(value: number): this {
    let rest = value >>> 0;
    do {
      const low = rest & 0x7f;
      rest >>>= 7;
      this.byte(rest ? low | 0x80 : low);
    } while (rest);
    return this;
  }

  /** LEB128, signed. */
  signed(value: number): this {
    let rest = value | 0;
    for (;;) {
      const low = rest & 0x7f;
      rest >>= 7;
      if ((rest === 0 && !(low & 0x40)) || (rest === -1 && low & 0x40)) return this.byte(low);
      this.byte(low | 0x80);
    }
  }

  text(value: string): this {
    const bytes = new TextEncoder().encode(value);
    return this.unsigned(bytes.length).byte(...bytes);
  }

  float(value: number): this {
    return this.byte(...new Uint8Array(Float32Array.of(value).buffer));
  }

  /** A section or a body: its length, then its bytes. */
  sized(inner: Bytes): this {
    this.unsigned(inner.length);
    const bytes = inner.done();
    for (let at = 0; at < bytes.length; at += 4096) this.byte(...bytes.subarray(at, at + 4096));
    return this;
  }

  done(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.length);
  }
}

const section = (into: Bytes, id: number, fill: (inner: Bytes) => Bytes): Bytes => into.byte(id).sized(fill(new Bytes()));

/** A stretch of the heap that goes to another place. */
export interface Move { readonly from: number; readonly to: number; readonly bytes: number }

/** A call with the place in the order of rows as one of its values. */
export interface GatherCall { readonly kernel: 'gather'; readonly values: readonly (number | 'rows')[] }

export interface Loop { readonly gathers: readonly GatherCall[]; readonly calls: readonly Call[]; readonly moves: readonly Move[]; readonly batchSize: number }

/** Local variables of the function: its two parameters. */
const steps = 0;
const rows = 1;

function body({ gathers, calls, moves, batchSize }: Loop, indexOf: (kernel: keyof Kernels) => number): Bytes {
  const code = new Bytes();
  // No local variables beside the parameters; a loop without a result.
  code.unsigned(0).byte(0x03, 0x40);
  const call = (kernel: keyof Kernels, values: readonly (number | 'rows')[]) => {
    parameters[kernel].forEach(([, type], i) => {
      const value = values[i]!;
      if (value === 'rows') code.byte(0x20).unsigned(rows);
      else if (type === 'float') code.byte(0x43).float(value);
      else code.byte(0x41).signed(value);
    });
    code.byte(0x10).unsigned(indexOf(kernel));
  };
  for (const { kernel, values } of gathers) call(kernel, values);
  for (const { kernel, values } of calls) call(kernel, values);
  // memory.copy
  for (const { from, to, bytes } of moves) code.byte(0x41).signed(to).byte(0x41).signed(from).byte(0x41).signed(bytes).byte(0xfc).unsigned(10).byte(0, 0);
  // rows += 4 * batchSize; steps -= 1; again while steps
  code.byte(0x20).unsigned(rows).byte(0x41).signed(4 * batchSize).byte(0x6a, 0x21).unsigned(rows);
  code.byte(0x20).unsigned(steps).byte(0x41).signed(1).byte(0x6b, 0x22).unsigned(steps).byte(0x0d, 0);
  return code.byte(0x0b, 0x0b);
}

/** `run(steps, address of the first row's index)`. */
export function compileLoop(loop: Loop): (steps: number, rows: number) => void {
  const used = [...new Set<keyof Kernels>([...loop.gathers, ...loop.calls].map(({ kernel }) => kernel))];
  const wasm = new Bytes().byte(0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
  section(wasm, 1, (types) => {
    types.unsigned(used.length + 1);
    for (const kernel of used) {
      const list = parameters[kernel];
      types.byte(0x60).unsigned(list.length).byte(...list.map(([, type]) => typeOf[type])).unsigned(0);
    }
    return types.byte(0x60).unsigned(2).byte(number.i32, number.i32).unsigned(0);
  });
  section(wasm, 2, (imports) => {
    imports.unsigned(used.length + 1).text('heap').text('memory').byte(0x02, 0x00).unsigned(0);
    used.forEach((kernel, i) => imports.text('kernels').text(kernel).byte(0x00).unsigned(i));
    return imports;
  });
  section(wasm, 3, (functions) => functions.unsigned(1).unsigned(used.length));
  section(wasm, 7, (exports) => exports.unsigned(1).text('run').byte(0x00).unsigned(used.length));
  section(wasm, 10, (code) => code.unsigned(1).sized(body(loop, (kernel) => used.indexOf(kernel))));
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wasm.done()), { heap: { memory: heap.module.asm.memory }, kernels: heap.kernels as unknown as WebAssembly.ModuleImports });
  return exports.run as (steps: number, rows: number) => void;
}

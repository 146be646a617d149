/** Writes a loop over elements: four at a time, what is left of each row at its end. */
import { Bytes } from './bytes.ts';
import type { Operand } from './elementwise.ts';
import type { Loop } from './fuse.ts';
import { advance, atMemory, getLocal, op, repeat, setLocal, vector } from './instructions.ts';

const bytesOf = ({ kind }: Operand) => (kind === 'truth' ? 1 : 4);
const keyOf = ({ address, kind, strides }: Operand) => `${address} ${kind} ${strides.join()}`;

/** How so many numbers are loaded: no more of them than were stored together, as a processor hands those on faster. */
const loads: Readonly<Record<number, number>> = { 1: op.load32Zero, 2: op.load64Zero, 3: op.load, 4: op.load };

/** Four bytes on the stack as masks. */
const masks = (code: Bytes): void => {
  for (const opcode of [op.extend8To16, op.extend16To32, op.negativeInteger]) vector(code, opcode);
};

/**
 * Writes the body of a function without parameters or result.
 * @param moved - where the numbers at an address lie
 * @param needed - whether somebody reads what lies at an address after the loop
 */
export function writeLoop({ sizes, operations }: Loop, moved: (address: number) => number, needed: (address: number) => boolean): Bytes {
  const code = new Bytes();
  const inner = sizes.length - 1;
  let vectors = 0;
  // Locals: a counter for each axis, a cursor in bytes for each way to go through memory, then vectors.
  const cursors = new Map<string, { readonly local: number; readonly steps: readonly number[] }>();
  const cursorOf = (operand: Operand) => {
    const steps = operand.strides.map((stride) => stride * bytesOf(operand));
    let cursor = cursors.get(steps.join());
    if (!cursor) cursors.set(steps.join(), (cursor = { local: sizes.length + cursors.size, steps }));
    return cursor.local;
  };
  const outputs = new Map<number, Operand>();
  for (const { inputs, output } of operations) {
    for (const operand of [...inputs, output]) cursorOf(operand);
    outputs.set(output.address, output);
  }
  const still = new Map<string, number>();
  const local = () => sizes.length + cursors.size + vectors++;
  const load = (operand: Operand, opcode: number): number => {
    const { address, kind } = operand;
    getLocal(code, cursorOf(operand));
    if (kind === 'truth') {
      if (opcode === op.load32Splat) vector(code.byte(0x2d).unsigned(0).unsigned(moved(address)), op.splatBytes);
      else atMemory(code, op.load32Zero, moved(address));
      masks(code);
    } else atMemory(code, opcode, moved(address));
    const value = local();
    setLocal(code, value);
    return value;
  };
  const store = (operand: Operand, value: number, lanes: number): void => {
    const { address, kind } = operand;
    const to = moved(address);
    const put = (opcode: number, offset: number, lane?: number) => {
      getLocal(code, cursorOf(operand));
      getLocal(code, value);
      atMemory(code, opcode, to + offset);
      if (lane !== undefined) code.byte(lane);
    };
    if (kind === 'truth') {
      // Masks as bytes of 0 or 1.
      vector(getLocal(getLocal(code, value), value), op.narrow32To16);
      setLocal(code, value);
      vector(getLocal(getLocal(code, value), value), op.narrow16To8);
      vector(code, op.constant).byte(...Array<number>(16).fill(1));
      vector(code, op.and);
      setLocal(code, value);
      if (lanes === 4) put(op.store32Lane, 0, 0);
      else for (let lane = 0; lane < lanes; lane++) put(op.storeByteLane, lane, lane);
    } else if (lanes === 4) put(op.store, 0);
    else {
      if (lanes >= 2) put(op.store64Lane, 0, 0);
      if (lanes !== 2) put(op.store32Lane, 4 * (lanes - 1), lanes - 1);
    }
  };
  /** What does not move along the axes from `axis` on is loaded before them. */
  const hoist = (axis: number): void => {
    for (const { inputs } of operations) {
      for (const operand of inputs) {
        const from = operand.strides.findLastIndex((stride) => stride !== 0) + 1;
        if (from === axis && !still.has(keyOf(operand))) still.set(keyOf(operand), load(operand, op.load32Splat));
      }
    }
  };
  const elements = (lanes: number): void => {
    const values = new Map(still);
    for (const { inputs, output, formula } of operations) {
      const locals = inputs.map((operand) => {
        const key = keyOf(operand);
        if (!values.has(key)) values.set(key, load(operand, loads[lanes]!));
        return values.get(key)!;
      });
      formula(code, locals);
      const value = local();
      setLocal(code, value);
      values.set(keyOf(output), value);
    }
    for (const output of outputs.values()) if (needed(output.address)) store(output, values.get(keyOf(output))!, lanes);
  };
  /** Moves all cursors along an axis, and back over those behind it. */
  const go = (axis: number, count: number, back: number): void => {
    for (const { local: cursor, steps } of cursors.values()) {
      const by = steps[axis]! * count - (axis < inner ? steps[axis + 1]! * back : 0);
      if (by !== 0) advance(code, cursor, by);
    }
  };
  const walk = (axis: number): void => {
    hoist(axis);
    const size = sizes[axis]!;
    if (axis < inner) {
      repeat(code, axis, size, () => {
        walk(axis + 1);
        go(axis, 1, sizes[axis + 1]!);
      });
      return;
    }
    repeat(code, axis, size >> 2, () => {
      elements(4);
      go(axis, 4, 0);
    });
    if (size & 3) {
      elements(size & 3);
      go(axis, size & 3, 0);
    }
  };
  walk(0);
  const head = new Bytes().unsigned(2).unsigned(sizes.length + cursors.size).byte(0x7f).unsigned(vectors).byte(0x7b);
  return head.bytes(code.byte(0x0b).done());
}

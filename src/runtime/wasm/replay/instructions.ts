/** Instructions of WebAssembly that recordings are written with. Opcodes: WebAssembly Core Specification 2.0, chapter 5.4, and its vector instructions. */
import type { Bytes } from './bytes.ts';

export const getLocal = (code: Bytes, local: number): Bytes => code.byte(0x20).unsigned(local);
export const setLocal = (code: Bytes, local: number): Bytes => code.byte(0x21).unsigned(local);
export const integer = (code: Bytes, value: number): Bytes => code.byte(0x41).signed(value);

/** local += by. */
export const advance = (code: Bytes, local: number, by: number): Bytes => setLocal(integer(getLocal(code, local), by).byte(0x6a), local);

/** Repeats what `body` writes; `counter` goes down from `times` to 0. */
export function repeat(code: Bytes, counter: number, times: number, body: () => void): void {
  if (times === 0) return;
  if (times === 1) return body();
  setLocal(integer(code, times), counter).byte(0x03, 0x40);
  body();
  // counter -= 1; again unless 0
  integer(getLocal(code, counter), 1).byte(0x6b, 0x22).unsigned(counter).byte(0x0d, 0, 0x0b);
}

/** A vector instruction, by its number. */
export const vector = (code: Bytes, opcode: number): Bytes => code.byte(0xfd).unsigned(opcode);

/** A vector instruction on the memory at the address on the stack, plus `offset`. Alignment is a hint; none is given. */
export const atMemory = (code: Bytes, opcode: number, offset: number): Bytes => vector(code, opcode).unsigned(0).unsigned(offset);

/** Numbers of vector instructions. */
export const op = {
  load: 0x00, load32Splat: 0x09, store: 0x0b, constant: 0x0c, splatIntegers: 0x11, storeByteLane: 0x58, store32Lane: 0x5a, store64Lane: 0x5b, load32Zero: 0x5c, load64Zero: 0x5d, splatBytes: 0x0f,
  equalIntegers: 0x37, unequalIntegers: 0x38, lessIntegers: 0x39, greaterIntegers: 0x3b, notGreaterIntegers: 0x3d, notLessIntegers: 0x3f,
  equal: 0x41, unequal: 0x42, less: 0x43, greater: 0x44, notGreater: 0x45, notLess: 0x46,
  not: 0x4d, and: 0x4e, andNot: 0x4f, or: 0x50, select: 0x52, narrow16To8: 0x65, ceiling: 0x67, floor: 0x68, nearest: 0x6a,
  narrow32To16: 0x85, extend8To16: 0x89, extend16To32: 0xa9, negativeInteger: 0xa1, addIntegers: 0xae, subtractIntegers: 0xb1, multiplyIntegers: 0xb5, leastInteger: 0xb6, largestInteger: 0xb8,
  absolute: 0xe0, negative: 0xe1, squareRoot: 0xe3, add: 0xe4, subtract: 0xe5, multiply: 0xe6, divide: 0xe7, minimum: 0xe8, maximum: 0xe9, pseudoMinimum: 0xea, pseudoMaximum: 0xeb,
  fromIntegers: 0xfa,
} as const;

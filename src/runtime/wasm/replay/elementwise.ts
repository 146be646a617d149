/** Kernel calls that do the same with every element, as instructions of WebAssembly: to the last bit what the kernels compute. */
import * as operation from '../assembly/operations.ts';
import type { Kernels } from '../generated/kernels.ts';
import { collapse, contiguous } from '../strides.ts';
import type { Bytes } from './bytes.ts';
import type { Call } from './capture.ts';
import { getLocal, op, vector } from './instructions.ts';

/** `truth`: bytes of 0 or 1 in memory, masks in vectors. */
export type Kind = 'number' | 'truth';

/** Numbers in the heap, and by how many elements they go on along each axis of a walk. */
export interface Operand { readonly address: number; readonly kind: Kind; readonly strides: readonly number[] }

/** Puts the result for four elements on the stack; `inputs` are locals. */
export type Formula = (code: Bytes, inputs: readonly number[]) => void;

/** What is computed for each element of a walk over axes of `sizes`. The result is contiguous. */
export interface Elementwise { readonly sizes: readonly number[]; readonly inputs: readonly Operand[]; readonly output: Operand; readonly formula: Formula }

const push = (code: Bytes, ...locals: readonly number[]): void => locals.forEach((local) => getLocal(code, local));
const four = (code: Bytes, value: number): void => void vector(code, op.constant).float(value).float(value).float(value).float(value);

/** One instruction on all inputs. */
const plain = (opcode: number): Formula => (code, inputs) => {
  push(code, ...inputs);
  vector(code, opcode);
};

/** Whether x is above 0. */
const above0 = (code: Bytes, x: number): void => {
  push(code, x);
  four(code, 0);
  vector(code, op.greater);
};

const floats: Readonly<Record<number, Formula>> = {
  [operation.ADD]: plain(op.add),
  [operation.SUBTRACT]: plain(op.subtract),
  [operation.MULTIPLY]: plain(op.multiply),
  [operation.DIVIDE]: plain(op.divide),
  [operation.MAXIMUM]: plain(op.maximum),
  [operation.MINIMUM]: plain(op.minimum),
  [operation.SQUARED_DIFFERENCE](code, [a, b]) {
    for (let i = 0; i < 2; i++) plain(op.subtract)(code, [a!, b!]);
    vector(code, op.multiply);
  },
  [operation.DIVIDE_NO_NAN](code, [a, b]) {
    plain(op.divide)(code, [a!, b!]);
    push(code, b!);
    four(code, 0);
    vector(code, op.equal);
    vector(code, op.andNot);
  },
  [operation.PARAMETRIC_RELU](code, [a, b]) {
    push(code, a!);
    plain(op.multiply)(code, [a!, b!]);
    above0(code, a!);
    vector(code, op.select);
  },
  [operation.ELU_GRADIENT](code, [a, b]) {
    push(code, a!, b!);
    four(code, 1);
    vector(code, op.add);
    vector(code, op.multiply);
    push(code, a!, b!);
    four(code, 0);
    vector(code, op.less);
    vector(code, op.select);
  },
  [operation.FLOOR_DIVIDE](code, inputs) {
    plain(op.divide)(code, inputs);
    vector(code, op.floor);
  },
};

const integers: Readonly<Record<number, Formula>> = {
  [operation.ADD]: plain(op.addIntegers),
  [operation.SUBTRACT]: plain(op.subtractIntegers),
  [operation.MULTIPLY]: plain(op.multiplyIntegers),
  [operation.MAXIMUM]: plain(op.largestInteger),
  [operation.MINIMUM]: plain(op.leastInteger),
};

const tests: Readonly<Record<number, Formula>> = {
  [operation.EQUAL]: plain(op.equal), [operation.NOT_EQUAL]: plain(op.unequal), [operation.LESS]: plain(op.less),
  [operation.LESS_EQUAL]: plain(op.notGreater), [operation.GREATER]: plain(op.greater), [operation.GREATER_EQUAL]: plain(op.notLess),
};

const integerTests: Readonly<Record<number, Formula>> = {
  [operation.EQUAL]: plain(op.equalIntegers), [operation.NOT_EQUAL]: plain(op.unequalIntegers), [operation.LESS]: plain(op.lessIntegers),
  [operation.LESS_EQUAL]: plain(op.notGreaterIntegers), [operation.GREATER]: plain(op.greaterIntegers), [operation.GREATER_EQUAL]: plain(op.notLessIntegers),
};

type Read = (values: readonly number[]) => Elementwise | undefined;

const pair = (formulas: Readonly<Record<number, Formula>>, kind: Kind): Read => ([code, a, b, y, ...walk]) => {
  const formula = formulas[code!];
  if (!formula) return undefined;
  const sizes = walk.slice(0, 5);
  const { sizes: few, strides: [aStrides, bStrides, yStrides] } = collapse({ sizes, strides: [walk.slice(5, 10), walk.slice(10, 15), contiguous(sizes)] });
  return {
    sizes: few, formula,
    inputs: [{ address: a!, kind: 'number', strides: aStrides! }, { address: b!, kind: 'number', strides: bStrides! }],
    output: { address: y!, kind, strides: yStrides! },
  };
};

const flat = (address: number, kind: Kind): Operand => ({ address, kind, strides: [1] });

/** A function of one number, the last values of whose call are constants. */
const single = (formula: (...constants: readonly number[]) => Formula, from: Kind = 'number', to: Kind = 'number'): Read => ([x, y, n, ...constants]) =>
  ({ sizes: [n!], inputs: [flat(x!, from)], output: flat(y!, to), formula: formula(...constants) });

/** 1 / x, or 1 / √x. */
const reciprocal = (root: boolean): Formula => (code, [x]) => {
  four(code, 1);
  push(code, x!);
  if (root) vector(code, op.squareRoot);
  vector(code, op.divide);
};

/** What is on the stack, unless x is no number. */
const orNaN = (code: Bytes, x: number): void => {
  push(code, x);
  plain(op.equal)(code, [x, x]);
  vector(code, op.select);
};

const both = (opcode: number): Read => ([a, b, y, n]) => ({ sizes: [n!], inputs: [flat(a!, 'truth'), flat(b!, 'truth')], output: flat(y!, 'truth'), formula: plain(opcode) });

const readers: Partial<Record<keyof Kernels, Read>> = {
  binary: pair(floats, 'number'),
  binaryInteger: pair(integers, 'number'),
  compare: pair(tests, 'truth'),
  compareInteger: pair(integerTests, 'truth'),
  absolute: single(() => plain(op.absolute)),
  negative: single(() => plain(op.negative)),
  square: single(() => (code, [x]) => plain(op.multiply)(code, [x!, x!])),
  squareRoot: single(() => plain(op.squareRoot)),
  reciprocalRoot: single(() => reciprocal(true)),
  reciprocal: single(() => reciprocal(false)),
  floor: single(() => plain(op.floor)),
  ceiling: single(() => plain(op.ceiling)),
  round: single(() => plain(op.nearest)),
  step: single((otherwise) => (code, [x]) => {
    four(code, 1);
    four(code, otherwise!);
    above0(code, x!);
    vector(code, op.select);
    orNaN(code, x!);
  }),
  clip: single((low, high) => (code, [x]) => {
    push(code, x!);
    four(code, low!);
    vector(code, op.pseudoMaximum);
    four(code, high!);
    vector(code, op.pseudoMinimum);
  }),
  leakyRelu: single((slope) => (code, [x]) => {
    push(code, x!);
    four(code, slope!);
    push(code, x!);
    vector(code, op.multiply);
    above0(code, x!);
    vector(code, op.select);
  }),
  integerToFloat: single(() => plain(op.fromIntegers)),
  booleanToFloat: single(() => (code, [x]) => {
    push(code, x!);
    four(code, 1);
    vector(code, op.and);
  }, 'truth'),
  not: single(() => plain(op.not), 'truth', 'truth'),
  and: both(op.and),
  or: both(op.or),
  select: ([condition, a, b, y, n, inner]) => (inner === 1
    ? { sizes: [n!], inputs: [flat(a!, 'number'), flat(b!, 'number'), flat(condition!, 'truth')], output: flat(y!, 'number'), formula: plain(op.select) }
    : undefined),
  fill: ([y, n, bits]) => ({
    sizes: [n!], inputs: [], output: flat(y!, 'number'),
    formula: (code) => void vector(code, op.constant).bytes(new Uint8Array(Int32Array.of(bits!, bits!, bits!, bits!).buffer)),
  }),
};

/** Rows shorter than a vector are the kernels'. */
const shortest = 4;

/** What a call does with every element; `undefined` if it does something else, or nothing. */
export function readElementwise({ kernel, values }: Call): Elementwise | undefined {
  const found = readers[kernel]?.(values);
  if (!found || found.sizes.some((size) => size === 0)) return undefined;
  return found.sizes.length > 1 && found.sizes.at(-1)! < shortest ? undefined : found;
}

import type { SequenceAttributes } from '../../../core/sequence.ts';
import { tf } from '../../../core/tensor.ts';
import { SUM } from '../assembly/operations.ts';
import { address, fresh, heap, release, reserveScratch } from '../heap.ts';
import { kernel, type Kernel } from '../kernel.ts';
import { reduce } from './reduce.ts';

/** How `assembly/recurrence.ts` numbers the cells, how many products with the state each takes and how many numbers per unit it keeps of a step. */
const cells = {
  LSTM: { number: 0, products: 4, kept: 5, states: 2 },
  GRU: { number: 1, products: 3, kept: 4, states: 1 },
  SimpleRNN: { number: 2, products: 1, kept: 1, states: 1 },
  GRUResetFirst: { number: 3, products: 3, kept: 3, states: 1 },
} as const;
type Cell = (typeof cells)[keyof typeof cells];

const flagsOf = ({ goBackwards, returnSequences, zeroOutputForMask, keep, fromZeros }: SequenceAttributes) =>
  Number(goBackwards) | (Number(returnSequences) << 1) | (Number(zeroOutputForMask) << 2) | (Number(keep) << 3) | (Number(fromZeros) << 4);

/** Working memory for the packed weights and for the rows of 64 examples, beside that of the matrix product. */
function reserve({ products }: Cell, units: number): void {
  const [state, all] = [units + 8, products * units + 8];
  reserveScratch((1 << 20) + 4 * (state * all + 64 * (state + all) + 64));
}

interface Inputs {
  x: tf.TensorInfo;
  kernel: tf.TensorInfo;
  bias?: tf.TensorInfo;
  state0: tf.TensorInfo;
  state1?: tf.TensorInfo;
  mask?: tf.TensorInfo;
}

const addressIf = (tensor: tf.TensorInfo | undefined) => (tensor ? address(tensor) : 0);

function forward(cell: Cell, { x, kernel, bias, state0, state1, mask }: Inputs, attributes: SequenceAttributes): tf.TensorInfo[] {
  const [steps, batch] = x.shape as [number, number];
  const units = kernel.shape[0]!;
  const { returnSequences, returnState, keep } = attributes;
  reserve(cell, units);
  const rows = returnSequences ? batch * steps : batch;
  const result = fresh(returnState ? [rows + cell.states * batch, units] : returnSequences ? [batch, steps, units] : [batch, units]);
  const last = returnState ? undefined : fresh([cell.states, batch, units]);
  const lastAt = last ? address(last) : address(result) + 4 * rows * units;
  const kept = [cell.kept, 1, ...(state1 || cell === cells.GRUResetFirst ? [1] : [])].map((width) => fresh([keep ? steps : 1, batch, width * units]));
  const [gates, before, between] = kept as [tf.TensorInfo, tf.TensorInfo, tf.TensorInfo?];
  heap.kernels.sequenceForward(
    cell.number, address(x), address(kernel), addressIf(bias), address(state0), addressIf(state1), addressIf(mask), steps, batch, units, flagsOf(attributes),
    address(result), lastAt, lastAt + 4 * batch * units, address(gates), addressIf(between), address(before), 0, batch,
  );
  if (last) release(last);
  if (keep) return [result, ...kept];
  kept.forEach(release);
  return [result];
}

interface GradInputs extends Omit<Inputs, 'x'> {
  dy: tf.TensorInfo;
  kept0: tf.TensorInfo;
  kept1: tf.TensorInfo;
  kept2?: tf.TensorInfo;
}

interface Products { readonly before: tf.TensorInfo; readonly reset: tf.TensorInfo | undefined; readonly toProducts: tf.TensorInfo }

/**
 * What flows to the kernel. Of a GRU that resets first (`reset`) the gates are of the state, the candidate of the state as it was reset; `toProducts` is
 * all of the gates', then all of the candidate's. The products of a step that began with zeros are left out.
 */
function kernelGradient({ before, reset, toProducts }: Products, { fromZeros, goBackwards }: SequenceAttributes): tf.TensorInfo {
  const [steps, batch, units] = before.shape as [number, number, number];
  const columns = toProducts.shape[2]!;
  const dKernel = fresh([units, columns]);
  const count = (steps - Number(fromZeros)) * batch;
  const skipped = fromZeros && !goBackwards ? batch : 0;
  const multiply = (factor: tf.TensorInfo, to: number, width: number, product: number) => heap.kernels.matMul(
    address(factor) + 4 * skipped * units, to + 4 * skipped * width, product, 1, 0, 0, units, width, count, 1, 0, 0, -Infinity, Infinity,
  );
  if (!reset) {
    multiply(before, address(toProducts), columns, address(dKernel));
    return dKernel;
  }
  const part = (factor: tf.TensorInfo, from: number, width: number) => {
    const product = fresh([units, width]);
    multiply(factor, address(toProducts) + 4 * steps * batch * from, width, address(product));
    heap.kernels.copyRows(address(product), address(dKernel) + 4 * from, 1, 1, 1, units, 4 * width, 0, 0, 0, 4 * width, 0, 0, 0, 4 * columns);
    release(product);
  };
  part(before, 0, 2 * units);
  part(reset, 2 * units, units);
  return dKernel;
}

function back(cell: Cell, { dy, kernel, bias, state1, mask, kept0: gates, kept1: before, kept2: between }: GradInputs, attributes: SequenceAttributes): tf.TensorInfo[] {
  const [steps, batch, units] = before.shape as [number, number, number];
  reserve(cell, units);
  const dx = fresh([steps, batch, cell.products * units]);
  const resetsFirst = cell === cells.GRUResetFirst;
  const toProducts = bias || resetsFirst ? fresh(dx.shape) : dx;
  const dStates = Array.from({ length: cell.states }, () => fresh([batch, units]));
  const lastAt = attributes.returnState ? address(dy) + 4 * units * (attributes.returnSequences ? batch * steps : batch) : 0;
  heap.kernels.sequenceBack(
    cell.number, address(kernel), addressIf(state1), addressIf(mask), steps, batch, units, flagsOf(attributes), address(gates), addressIf(between), address(before),
    address(dy), lastAt, lastAt && lastAt + 4 * batch * units, address(dx), address(toProducts), address(dStates[0]!), addressIf(dStates[1]), 0, batch,
  );
  const dKernel = kernelGradient({ before, reset: resetsFirst ? between : undefined, toProducts }, attributes);
  const dBias = bias && reduce(SUM, toProducts, [0, 1], bias.shape);
  if (toProducts !== dx) release(toProducts);
  return [dx, dKernel, ...(dBias ? [dBias] : []), ...dStates];
}

export const sequenceKernels: readonly Kernel[] = Object.entries(cells).flatMap(([name, cell]) => [
  kernel<Inputs, SequenceAttributes>(`${name}Sequence`, (inputs, attributes) => forward(cell, inputs as Inputs, attributes)),
  kernel<GradInputs, SequenceAttributes>(`${name}SequenceGrad`, (inputs, attributes) => back(cell, inputs as GradInputs, attributes)),
]);

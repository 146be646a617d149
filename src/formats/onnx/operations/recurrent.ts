/** Recurrent layers over a whole sequence. */
import { sequenceKernels } from '../../../core/sequence.ts';
import type { TracedConstant, TracedNode } from '../../export/trace.ts';
import { reordered } from '../axes.ts';
import { attributesOf, gates, type RecurrentKernel } from '../recurrences.ts';
import type { Translation } from '../translation.ts';
import { only, type Operation, type Operations } from './operation.ts';
import { reversed } from './shape.ts';

const operations: Readonly<Record<RecurrentKernel, string>> = { [sequenceKernels.lstm]: 'LSTM', [sequenceKernels.gru]: 'GRU', [sequenceKernels.gruResetFirst]: 'GRU', [sequenceKernels.simpleRNN]: 'RNN' };

/** A kernel `[inputs, gates · units]` as ONNX has it: `[1, gates · units, inputs]`, with the gates in ONNX's order. */
function kernelOf({ shape, data }: TracedConstant, order: readonly number[]): Pick<TracedConstant, 'shape' | 'data'> {
  const [inputs, columns] = shape as [number, number];
  const size = columns / order.length * inputs;
  const byGate = reordered(data, shape, [1, 0]);
  const out = new Float32Array(data.length);
  order.forEach((gate, to) => out.set(byGate.subarray(gate * size, (gate + 1) * size), to * size));
  return { data: out, shape: [1, columns, inputs] };
}

/** Both biases, of the products with the input and with the state, side by side; those that there are not are zeros. */
function biases({ inputs }: TracedNode, order: readonly number[], columns: number, translation: Translation): string {
  const given = inputs.bias ?? inputs.stateBias;
  if (given === undefined) return '';
  const part = (id: number | undefined) => (id === undefined ? new Float32Array(columns) : kernelOf({ ...translation.constant(id)!, shape: [1, columns] }, order).data as Float32Array);
  const data = new Float32Array(2 * columns);
  data.set(part(inputs.bias));
  data.set(part(inputs.stateBias), columns);
  return translation.fixture(given, `gates and ${inputs.stateBias ?? 'none'}`, () => ({ data, shape: [1, 2 * columns] }));
}

/** `[batch, units]` with the axis of directions that ONNX has in front. */
const withDirection = (id: number, translation: Translation) => translation.add('Unsqueeze', [translation.read(id), translation.integers([0])]);

const recurrent: Operation = (node, translation) => {
  const { inputs, kernel } = node;
  const { goBackwards, returnSequences, returnState } = attributesOf(node);
  const order = gates[kernel as RecurrentKernel];
  const [units, columns] = translation.constant(inputs.recurrentKernel!)!.shape as [number, number];
  const matrix = (id: number) => translation.fixture(id, 'by gates', (constant) => kernelOf(constant, order));
  const states = ['state0', 'state1'].flatMap((name) => (name in inputs ? [withDirection(inputs[name]!, translation)] : []));
  const takes = [translation.read(inputs.x!), matrix(inputs.kernel!), matrix(inputs.recurrentKernel!), biases(node, order, columns, translation), ...(states.length > 0 ? ['', ...states] : [])];
  while (takes.at(-1) === '') takes.pop();
  const names = translation.addMany(operations[kernel as RecurrentKernel], takes, kernel === sequenceKernels.lstm ? 3 : 2, {
    hidden_size: units, ...(goBackwards && { direction: 'reverse' }), ...(kernel === sequenceKernels.gru && { linear_before_reset: 1 }),
  });
  const squeezed = (name: string, axis: number) => translation.add('Squeeze', [name, translation.integers([axis])]);
  // ONNX hands the sequence out in the order of time, whichever way it was walked.
  const sequence = () => (goBackwards ? reversed(squeezed(names[0]!, 1), 0, translation) : squeezed(names[0]!, 1));
  const { id } = only(node);
  if (!returnState) return returnSequences ? translation.write(id, sequence(), [1, 0, 2]) : translation.write(id, squeezed(names[1]!, 0));
  // What comes in rows, one kind below the other, is taken apart at once.
  const last = names.slice(1).map((name) => squeezed(name, 0));
  const rows = returnSequences
    ? translation.add('Reshape', [translation.add('Transpose', [sequence()], { perm: [1, 0, 2] }), translation.integers([-1, units])]) : last[0]!;
  translation.writeParts(id, [rows, ...last]);
};

export const recurrentOperations: Operations = Object.fromEntries(Object.keys(gates).map((kernel) => [kernel, recurrent]));

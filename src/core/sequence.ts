/**
 * The door to recurrent layers as one operation over a whole sequence. An engine that has one registers two kernels for a cell:
 *
 * - `LSTMSequence` takes `x`, `kernel`, `bias` (a GRU's alone), `state0`, `state1` (an LSTM's alone) and `mask` (if there is one), as {@link Sequence} has them, and
 *   gives the result, then whatever its partner wants to know if `keep` is set. The result is the output, or with `returnState` rows of `units`: those of the output, then those of the last states.
 * - `LSTMSequenceGrad` takes `dy` (of the result), the same inputs but `x`, and what was kept as `kept0`, `kept1`, …, and gives what flows back to `x`, `kernel`, `bias` and the states.
 */
import { tf, type Tensor } from './tensor.ts';

export const sequenceKernels = { lstm: 'LSTMSequence', gru: 'GRUSequence', gruResetFirst: 'GRUResetFirstSequence', simpleRNN: 'SimpleRNNSequence' } as const;

/** A cell with the activations tanh and sigmoid; the reset gate of `gru` comes after the product with the state. Gates are in Keras's order. */
export type SequenceCell = keyof typeof sequenceKernels;

export interface SequenceOptions {
  readonly goBackwards: boolean;
  readonly returnSequences: boolean;
  readonly returnState: boolean;
  /** Whether a masked step gives zeros; else it gives the output of the step before, zeros if there was none. */
  readonly zeroOutputForMask: boolean;
}

/** What the kernels get as attributes. */
export interface SequenceAttributes extends SequenceOptions {
  /** Whether a gradient will be asked for. */
  readonly keep: boolean;
  /** Whether the states are zeros whose gradient does not matter: what the gradient's kernel gives for them may be anything. */
  readonly fromZeros: boolean;
}

export interface Sequence {
  /** Products with the input, bias added: `[steps, batch, gates · units]`. */
  readonly x: Tensor;
  /** `[units, gates · units]`. */
  readonly kernel: Tensor;
  /** Bias of a GRU's products with the state, `[gates · units]`. */
  readonly bias?: Tensor | undefined;
  /** `[batch, units]` each. */
  readonly states: readonly Tensor[];
  /** Whether the states are zeros, and no gradient with respect to them is wanted: the first step then takes no product with them. */
  readonly fromZeros?: boolean;
  /** bool `[batch, steps]`: where a step counts. */
  readonly mask?: Tensor | undefined;
}

const run = (name: string, inputs: tf.NamedTensorMap, attributes: SequenceAttributes): Tensor[] => [tf.engine().runKernel(name, inputs, { ...attributes }) as Tensor | Tensor[]].flat();

const numbered = (name: string, tensors: readonly Tensor[]): tf.NamedTensorMap => Object.fromEntries(tensors.map((tensor, i) => [`${name}${i}`, tensor]));

/** Takes the rows of a result apart. */
function parts(result: Tensor, { states: { length } }: Sequence, [batch, steps, units]: readonly [number, number, number], returnSequences: boolean): [Tensor, ...Tensor[]] {
  const rows = result.shape[0]! - length * batch;
  const output = tf.slice(result, [0, 0], [rows, units]);
  return [returnSequences ? tf.reshape(output, [batch, steps, units]) : output, ...Array.from({ length }, (_, i) => tf.slice(result, [rows + i * batch, 0], [batch, units]))];
}

/** Whether the engine in use has a cell as one operation. Within a gradient of a gradient none will do: what flows back through the operation has no gradient itself. */
export const hasSequence = (cell: SequenceCell): boolean => tf.engine().state.gradientDepth < 2 && Boolean(tf.getKernel(sequenceKernels[cell], tf.getBackend()));

/** Output (`[batch, steps, units]` with `returnSequences`, in the order of the walk, else `[batch, units]`) and, with `returnState`, last states. */
export function overSequence(cell: SequenceCell, sequence: Sequence, options: SequenceOptions): readonly [output: Tensor, ...states: Tensor[]] {
  const name = sequenceKernels[cell];
  const { x, kernel, bias, states, mask, fromZeros = false } = sequence;
  const attributes: SequenceAttributes = { ...options, keep: tf.engine().state.gradientDepth > 0, fromZeros };
  const weights = { kernel, ...(bias && { bias }), ...numbered('state', states) };
  const inputs = { ...weights, ...(mask && { mask }) };
  const compute = (save?: (tensors: Tensor[]) => void): Tensor => {
    const [result, ...kept] = run(name, { x, ...inputs }, attributes);
    save?.([...Object.values(inputs), ...kept]);
    return result!;
  };
  const differentiable = tf.customGrad((...given) => {
    const value = compute(given.at(-1) as (tensors: Tensor[]) => void);
    return {
      value,
      gradFunc(dy: Tensor, saved: Tensor[]) {
        const names = Object.keys(inputs);
        const held = Object.fromEntries(names.map((each, i) => [each, saved[i]!]));
        return run(`${name}Grad`, { dy, ...held, ...numbered('kept', saved.slice(names.length)) }, attributes);
      },
    };
  });
  const result = attributes.keep ? differentiable(x, ...Object.values(weights)) : compute();
  if (!options.returnState) return [result];
  const [steps, batch] = x.shape as [number, number];
  return parts(result, sequence, [batch, steps, kernel.shape[0]!], options.returnSequences);
}

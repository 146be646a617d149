/** The loop over time that all recurrent layers share. */
import { z } from 'zod';
import { ModelError } from '../../src/core/errors.ts';
import type { MaskRule, Place, Run } from '../../src/core/defineLayer.ts';
import { weight, type WeightSpec, type WeightSpecs } from '../../src/core/weight.ts';
import { fits, show, sized, type Shape } from '../../src/core/shape.ts';
import { isSymbolic } from '../../src/core/symbolic.ts';
import { tf, type Tensor } from '../../src/core/tensor.ts';

export const recurrenceOptions = {
  /** Whether to give the outputs of all steps (`[steps, …]`), or that of the last. */
  returnSequences: z.boolean().default(false),
  /** Whether to give the last states too, after the output. */
  returnState: z.boolean().default(false),
  /** Walks from the last step to the first; the sequence that comes out is in that order too. */
  goBackwards: z.boolean().default(false),
  /** Whether a batch starts from the states that the one before ended with; needs `input({ batchSize })`. */
  stateful: z.boolean().default(false),
  /** Taken for Keras's sake: the loop is always unrolled. */
  unroll: z.boolean().default(false),
  /** Whether a masked step gives zeros; else it gives the output of the step before. */
  zeroOutputForMask: z.boolean().default(false),
};
type Options = z.output<z.ZodObject<typeof recurrenceOptions>>;

/** The mask stays with the sequence; there is none for a last output or for states. */
export const sequenceMask: MaskRule<Options> = ({ masks, options }) => (options.returnSequences ? masks[0] : undefined);

/** One step: its inputs and the states before it in; the output and the states after it out. */
export type Step = (inputs: readonly Tensor[], states: readonly Tensor[]) => readonly [output: Tensor, ...states: Tensor[]];

const memoryName = (i: number) => `state${i}` as const;

type Memory = { [name: `state${number}`]: WeightSpec };

/** Output shapes, and the memory of a stateful layer, for an input `[steps, …]`. Output and states are given without the batch axis. */
export function recurrent(kind: string, options: Options, input: Shape, output: Shape, states: readonly Shape[], { batchSize, given }: Place) {
  const start = given.initialState;
  if (start !== undefined && start !== null) {
    const shapes = (isSymbolic(start) ? [start] : Array.isArray(start) ? start : []).map(({ shape }) => shape);
    if (shapes.length !== states.length || !shapes.every((each, i) => fits(states[i]!, each))) {
      throw new ModelError(kind, `initialState takes a list of tensors, one for each state, with examples of ${states.map(show).join(' and ')}, got ${shapes.map(show).join(' and ') || 'none'}`);
    }
  }
  if (options.stateful && batchSize === null) {
    throw new ModelError(kind, 'with stateful: true needs to know the batch size, to keep a state for each example; put input({ shape, batchSize }) before it');
  }
  const sequence = options.returnSequences ? sized(input[0]!, ...output) : output;
  const memory: Memory = {};
  if (options.stateful) {
    for (const [i, shape] of states.entries()) memory[memoryName(i)] = weight([batchSize!, ...(shape as readonly number[])], 'zeros', { trainable: false, saved: false });
  }
  return { output: options.returnState ? [sequence, ...states] : sequence, memory };
}

/** Holds back what a masked step would change. */
function holder(mask: Tensor) {
  const [batch, steps] = mask.shape as [number, number];
  const byTime = tf.transpose(mask.dtype === 'bool' ? mask : tf.cast(mask, 'bool'));
  const cut = new Map<string, readonly Tensor[]>();
  // Masks of the states' full shape: a `where` that has to broadcast would do so at each step.
  const like = (shape: readonly number[]): readonly Tensor[] => {
    const key = String(shape);
    const known = cut.get(key) ?? tf.unstack(tf.tile(tf.reshape(byTime, [steps, batch, ...shape.slice(1).fill(1)]), [1, 1, ...shape.slice(1)]));
    cut.set(key, known);
    return known;
  };
  return (step: number, now: Tensor, before: Tensor): Tensor => tf.where(like(now.shape)[step]!, now, before);
}

interface Loop extends Pick<Options, 'returnSequences' | 'goBackwards' | 'zeroOutputForMask'> {
  readonly states: readonly Tensor[];
  /** Whether the states are zeros. */
  readonly fresh: boolean;
  readonly mask: Tensor | undefined;
}

/** Walks through time. `inputs` are `[steps, batch, …]`; the sequence that comes out is `[batch, steps, …]`. */
function walk(inputs: readonly Tensor[], step: Step, { states: start, fresh, mask, ...options }: Loop): readonly [output: Tensor, ...states: Tensor[]] {
  const cut = inputs.map((input) => tf.unstack(input));
  const count = cut[0]!.length;
  const hold = mask && holder(mask);
  const outputs: Tensor[] = [];
  let states = start;
  let output: Tensor | undefined;
  for (let i = 0; i < count; i++) {
    const t = options.goBackwards ? count - 1 - i : i;
    const [y, ...next] = step(cut.map((each) => each[t]!), states);
    if (hold) {
      const before = states;
      states = next.map((now, k) => hold(t, now, before[k]!));
      // Where the output is the first state, and was before, one `where` does for both.
      const shared = !options.zeroOutputForMask && y === next[0] && (output ? output === before[0] : fresh);
      output = shared ? states[0]! : hold(t, y, output && !options.zeroOutputForMask ? output : tf.zerosLike(y));
    } else {
      [states, output] = [next, y];
    }
    if (options.returnSequences) outputs.push(output);
  }
  return [options.returnSequences ? tf.stack(outputs, 1) : output!, ...states];
}

/** Runs `step` over `inputs` (`[steps, batch, …]` each) as the layer's options say; `states` are shapes without the batch axis. */
export function overTime<O extends Options, W extends WeightSpecs>(
  inputs: readonly Tensor[], step: Step, states: readonly (readonly number[])[], run: Run<O, W>,
): readonly Tensor[] {
  const { options, mask } = run;
  const { first, fresh } = startOf(inputs[0]!.shape[1]!, states, run);
  return handOut(walk(inputs, step, { ...options, states: first, fresh, mask }), run);
}

/** The states to start from, and whether they are zeros. */
export function startOf<O extends Options, W extends WeightSpecs>(batch: number, states: readonly (readonly number[])[], { options, weights, given }: Run<O, W>) {
  const held = weights as Readonly<Record<string, Tensor>>;
  const start = (given.initialState ?? undefined) as readonly Tensor[] | undefined;
  const first = start ?? states.map((shape, i) => (options.stateful ? held[memoryName(i)]! : tf.zeros([batch, ...shape])));
  return { first, fresh: !start && !options.stateful };
}

/** What the layer gives of a walk; a stateful one remembers its end. */
export function handOut<O extends Options, W extends WeightSpecs>([output, ...last]: readonly [output: Tensor, ...states: Tensor[]], { options, update }: Run<O, W>): readonly Tensor[] {
  if (options.stateful) for (const [i, state] of last.entries()) update(memoryName(i) as keyof W & string, state);
  return options.returnState ? [output, ...last] : [output];
}

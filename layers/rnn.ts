import { z } from 'zod';
import { defineLayer } from '../src/core/defineLayer.ts';
import type { Layer } from '../src/core/layer.ts';
import type { Random } from '../src/core/random.ts';
import { sized } from '../src/core/shape.ts';
import { tf, type Tensor } from '../src/core/tensor.ts';
import { overTime, recurrenceOptions, recurrent, sequenceMask } from './shared/recurrence.ts';
import { cellOption, stackedRNNCells } from './stackedRNNCells.ts';

/** Draws that come again at each step, as Keras has it: a cell drops the same units all along a sequence. */
function sameDraws(random: Random): () => Random {
  const drawn: Tensor[] = [];
  return () => {
    let count = 0;
    const draw = (how: Random['uniform']): Random['uniform'] => (shape, seed) => {
      const n = count++;
      return (drawn[n] ??= how(shape, seed));
    };
    return { uniform: draw(random.uniform), normal: draw(random.normal) };
  };
}

/**
 * Repeats a cell over the steps of a sequence: `[steps, …]` → the cell's output, or one for each step with `returnSequences`. A
 * list of cells is stacked. States are those of the cell, given by `rnn(…)(x, { initialState: […] })` and handed out with `returnState`.
 */
export const rnn = defineLayer({
  kind: 'rnn',
  keras: { name: 'RNN' },
  options: z.strictObject({
    /** A cell, as `lstmCell({ units: 8 })` or one of your own (a layer with `states`), or several. */
    cell: z.union([cellOption, z.array(cellOption).min(1).transform((cells): Layer => stackedRNNCells({ cells }))]),
    ...recurrenceOptions,
  }),
  rank: { atLeast: 2 },
  mask: sequenceMask,
  layers: ({ cell }) => ({ cell }),
  build(options, input, place) {
    const states = options.cell.states!;
    const [first] = place.inner.cell!(sized(...input.slice(1)), ...states);
    const { output, memory } = recurrent('rnn', options, input, first!, states, place);
    return { output, weights: memory };
  },
  call(x, run) {
    const steps = tf.transpose(x, [1, 0, ...x.shape.slice(2).map((_, i) => i + 2)]);
    const draws = sameDraws(run.random);
    const states = run.options.cell.states! as readonly (readonly number[])[];
    return overTime([steps], ([input], before) => {
      const after = run.inner.cell!([input!, ...before], {}, { random: draws() });
      return after.map(({ tensor }) => tensor) as [Tensor, ...Tensor[]];
    }, states, run);
  },
});


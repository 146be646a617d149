import { z } from 'zod';
import { ModelError } from '../src/core/errors.ts';
import { defineMerge } from '../src/core/defineLayer.ts';
import { known } from './shared/known.ts';
import { groups, headOptions, headShapes, headWeights, queryMask, runHeads, type Heads } from './shared/multiHead.ts';

const options = z.strictObject({
  /** Size of each head. */
  headDim: z.int().positive(),
  numQueryHeads: z.int().positive(),
  /** Heads of keys and values, each of which serves the same number of the query's. */
  numKeyValueHeads: z.int().positive(),
  ...headOptions,
});

const headsOf = ({ headDim, numQueryHeads, numKeyValueHeads }: z.output<typeof options>, features: number): Heads =>
  ({ queryHeads: numQueryHeads, keyHeads: numKeyValueHeads, keyDim: headDim, valueDim: headDim, axes: [1], outputs: [features] });

/** Attention whose query heads share keys and values in groups (Ainslie et al., 2023): shapes and calls are those of `multiHeadAttention`. */
export const groupQueryAttention = defineMerge({
  kind: 'groupQueryAttention',
  keras: { name: 'GroupQueryAttention', group: 'GroupedQueryAttention', spread: true, ignore: ['flash_attention'], weights: groups('_') },
  options,
  rank: 2,
  mask: queryMask,
  build(given, inputs, place) {
    if (given.numQueryHeads % given.numKeyValueHeads !== 0) {
      throw new ModelError('groupQueryAttention', `cannot share ${given.numKeyValueHeads} heads of keys evenly among ${given.numQueryHeads} of queries; take a numKeyValueHeads that divides numQueryHeads`);
    }
    const heads = headsOf(given, known('groupQueryAttention', 'features', inputs[0]!.at(-1), inputs[0]!));
    return { output: headShapes('groupQueryAttention', heads, inputs, place.given), weights: headWeights('groupQueryAttention', given, heads, inputs) };
  },
  call: (xs, run) => runHeads(xs, headsOf(run.options, xs[0]!.shape.at(-1)!), run),
});

import { z } from 'zod';
import { ModelError } from '../src/core/errors.ts';
import { defineLayer } from '../src/core/defineLayer.ts';
import { layerOption, remake, type Layer } from '../src/core/layer.ts';
import { sized, type Shape } from '../src/core/shape.ts';
import { tf, type Tensor } from '../src/core/tensor.ts';

const options = z.strictObject({
  /** A recurrent layer; it serves as a pattern, of which one copy goes forward and one backward. */
  layer: layerOption,
  /** The layer that goes backward, if it is not to be like the other. */
  backwardLayer: layerOption.nullish(),
  /** How the two outputs become one; with `null` both are handed out. */
  mergeMode: z.enum(['concat', 'sum', 'mul', 'ave']).nullable().default('concat'),
});

const shared = ['returnSequences', 'returnState', 'stateful'] as const;

/** @throws ModelError unless the layers are recurrent and walk alike in opposite directions */
function directions({ layer, backwardLayer }: z.output<typeof options>): { forwardLayer: Layer; backwardLayer: Layer } {
  for (const each of [layer, backwardLayer]) {
    if (each && !('goBackwards' in each.options)) throw new ModelError('bidirectional', `takes a recurrent layer, as lstm({ units: 8 }), got ${each.kind}`);
  }
  const zeroOutputForMask = layer.options.returnSequences;
  // Outputs of masked steps must not leak from one direction into the other.
  const named = (direction: string, { name }: Layer) => `${direction}_${name.replace(new RegExp(`^${direction}_`), '')}`;
  const forward = remake(layer, { name: named('forward', layer), zeroOutputForMask });
  const backward = remake(backwardLayer ?? layer, { name: named('backward', backwardLayer ?? layer), zeroOutputForMask, ...(!backwardLayer && { goBackwards: true }) });
  if (forward.options.goBackwards === backward.options.goBackwards) {
    throw new ModelError('bidirectional', `its two layers must go in opposite directions, but both have goBackwards: ${forward.options.goBackwards}`);
  }
  const differs = shared.find((key) => forward.options[key] !== backward.options[key]);
  if (differs) throw new ModelError('bidirectional', `its two layers must have the same ${differs}, got ${forward.options[differs]} and ${backward.options[differs]}`);
  return { forwardLayer: forward, backwardLayer: backward };
}

const merges = {
  concat: (a: Tensor, b: Tensor) => tf.concat([a, b], a.rank - 1),
  sum: (a: Tensor, b: Tensor) => tf.add(a, b),
  mul: (a: Tensor, b: Tensor) => tf.mul(a, b),
  ave: (a: Tensor, b: Tensor) => tf.mul(tf.add(a, b), 0.5),
};

const bothShapes = (mode: keyof typeof merges | null, a: Shape, b: Shape): Shape[] => {
  if (mode === null) return [a, b];
  return [mode === 'concat' ? sized(...a.slice(0, -1), a.at(-1)! + b.at(-1)!) : a];
};

/**
 * Walks through a sequence forward and backward, and merges the outputs: `[steps, features]` → what the layer gives, twice as
 * wide with `mergeMode: 'concat'`. States come after the output: those of the forward layer, then those of the backward layer.
 */
export const bidirectional = defineLayer({
  kind: 'bidirectional',
  keras: { name: 'Bidirectional' },
  options,
  mask({ masks: [mask], options: { layer, mergeMode } }) {
    if (!layer.options.returnSequences) return undefined;
    return mergeMode === null ? [mask, mask] : mask;
  },
  layers: directions,
  build({ mergeMode }, input, { inner }) {
    const [forward, ...states] = inner.forwardLayer!(input);
    const [backward, ...backwardStates] = inner.backwardLayer!(input);
    return { output: [...bothShapes(mergeMode, forward!, backward!), ...states, ...backwardStates] };
  },
  call(x, { options: { layer, mergeMode }, inner, mask, given }) {
    const start = given.initialState as readonly Tensor[] | null | undefined;
    const half = start ? start.length / 2 : 0;
    const flow = { tensor: x, mask };
    const walk = (name: string, initialState: readonly Tensor[] | undefined) => inner[name]!(flow, { initialState }).map(({ tensor }) => tensor);
    const [forward, ...states] = walk('forwardLayer', start?.slice(0, half));
    const [reversed, ...backwardStates] = walk('backwardLayer', start?.slice(half));
    const backward = layer.options.returnSequences ? tf.reverse(reversed!, 1) : reversed!;
    const merged = mergeMode === null ? [forward!, backward] : [merges[mergeMode](forward!, backward)];
    return [...merged, ...states, ...backwardStates];
  },
});

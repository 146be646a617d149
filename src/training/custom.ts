/** Training loops of one's own: passes of a model on tensors, gradients by its weights, updates by its optimizer. */
import { z } from 'zod';
import { inWords, ModelError, parseOptions } from '../core/errors.ts';
import { fits, show } from '../core/shape.ts';
import { tf, type Tensor } from '../core/tensor.ts';
import { forward } from '../model/forward.ts';
import { portsOf, type Network } from '../model/network.ts';
import { restore, type Structured } from '../model/structure.ts';
import { isTensor } from './data.ts';
import { toPorts } from './ports.ts';
import { gradientsAt } from './step.ts';
import type { Trainer } from './trainer.ts';
import { update } from './update.ts';

export interface CallOptions {
  /** Whether layers behave as in training: dropout drops, moving statistics move. Default false. */
  readonly training?: boolean | undefined;
}

const options = z.strictObject({ training: z.boolean().default(false) });

/** Runs a network on one batch of tensors. `seed` is asked for where a pass draws numbers of its own. */
export function passThrough(network: Network, x: Structured<Tensor>, given: CallOptions, seed: () => readonly [number, number]): Structured<Tensor> {
  const { training } = parseOptions('call', options, given);
  const ports = portsOf(network);
  const inputs = toPorts('call: x', x, { names: ports.map(({ name }) => name), structure: network.inputs, isOne: isTensor }) as readonly Tensor[];
  inputs.forEach((tensor, i) => {
    const { name, shape } = ports[i]!;
    const where = ports.length > 1 ? `call: x "${name}"` : 'call: x';
    if (!isTensor(tensor)) throw new ModelError(where, `must be a tensor, got ${inWords(tensor)}; for other data use predict()`);
    if (tensor.rank === 0 || !fits(shape, tensor.shape.slice(1))) throw new ModelError(where, `must have examples of shape ${show(shape)} behind a batch axis, got ${show(tensor.shape)}`);
  });
  const outputs = tf.tidy(() => {
    const pass = forward(network.graph, inputs, { values: new Map(), training, ...(training && { seed: tf.tensor1d([...seed()], 'int32') }) });
    for (const [variable, tensor] of pass.updates) variable.replace(tf.clone(tensor));
    // An output may be an input or a weight itself, which it must not be disposed of with.
    return pass.outputs.map(({ tensor }) => (inputs.includes(tensor) || tensor.kept ? tf.clone(tensor) : tensor));
  });
  return restore(outputs, network.outputs);
}

/** A scalar and its gradients by the weights that learn. */
export interface Gradients { readonly value: Tensor; readonly gradients: readonly Tensor[] }

export function gradientsOf(network: Network, scalar: () => Tensor): Gradients {
  if (typeof scalar !== 'function') throw new ModelError('gradients', `takes a function that gives a scalar, as in gradients(() => tf.mean(…)), got ${inWords(scalar)}`);
  return gradientsAt(network.variables.filter(({ learns }) => learns).map(({ tensor }) => tensor), () => {
    const value: unknown = scalar();
    if (isTensor(value) && value.size === 1) return value.rank === 0 ? value : tf.reshape(value, []);
    throw new ModelError('gradients', `the function must give a scalar tensor, got ${isTensor(value) ? `one of shape ${show(value.shape)}; take its mean or sum` : inWords(value)}`);
  });
}

/** One update of all weights that learn. */
export function applyGradients(trainer: Trainer, gradients: readonly Tensor[]): void {
  trainer.refresh();
  const { learning, compiled, optimizerState } = trainer;
  const where = 'applyGradients';
  if (!Array.isArray(gradients) || gradients.length !== learning.length) {
    throw new ModelError(where, `takes ${learning.length} gradients, one for each weight that learns, as gradients() gives them, got ${Array.isArray(gradients) ? gradients.length : inWords(gradients)}`);
  }
  (gradients as readonly unknown[]).forEach((gradient, i) => {
    const { path, tensor } = learning[i]!;
    if (!isTensor(gradient)) throw new ModelError(where, `the gradient of ${path} must be a tensor, got ${inWords(gradient)}`);
    if (show(gradient.shape) !== show(tensor.shape)) throw new ModelError(where, `the gradient of ${path} must have shape ${show(tensor.shape)}, got ${show(gradient.shape)}`);
  });
  const weights = learning.map(({ tensor, spec, path }) => ({ tensor, constraint: spec.constraint, path }));
  const next = tf.tidy(() => update(compiled.optimizer, weights, gradients, optimizerState) as never) as ReturnType<typeof update>;
  learning.forEach((variable, i) => variable.replace(next.weights[i]!));
  trainer.restore(next.state);
}

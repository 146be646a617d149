import { tf, type Tensor } from './tensor.ts';

interface Operation {
  readonly forward: (...inputs: readonly Tensor[]) => Tensor;
  /** What flows back to each input, from what flows back to `y = forward(...inputs)`. */
  readonly backward: (dy: Tensor, y: Tensor, ...inputs: readonly Tensor[]) => readonly Tensor[];
}

/** An operation whose gradient is given by hand, where the operations that it is made of have none (or a slow one). */
export const withGradient = ({ forward, backward }: Operation): ((...inputs: readonly Tensor[]) => Tensor) => {
  const operation = tf.customGrad((...given) => {
    const save = given.at(-1) as (tensors: Tensor[]) => void;
    const inputs = given.slice(0, -1) as Tensor[];
    const value = forward(...inputs);
    save([value, ...inputs]);
    return { value, gradFunc: (dy: Tensor, [y, ...xs]: Tensor[]) => [...backward(dy, y!, ...xs)] };
  });
  return (...inputs) => operation(...inputs);
};

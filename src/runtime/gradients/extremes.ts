import { type Tensor, tf } from '../../core/tensor.ts';

/** Among equals the gradient is shared out evenly, as TensorFlow does; tfjs-core gives all of it to each. */
const extreme = (kernelName: string): tf.GradConfig => ({
  kernelName,
  inputsToSave: ['x'],
  outputsToSave: [true],
  gradFunc(dy, [x, y], attributes) {
    const { axis, reductionIndices } = attributes as { axis?: number | number[]; reductionIndices?: number | number[] };
    const axes = tf.util.parseAxisParam((axis ?? reductionIndices)!, x!.shape);
    const kept = tf.backend_util.expandShapeToKeepDim(x!.shape.filter((_, i) => !axes.includes(i)), axes);
    return {
      x: () => {
        const chosen = x!.equal(y!.reshape(kept)).cast('float32');
        return chosen.mul((dy as Tensor).reshape(kept).div(chosen.sum(axes, true)));
      },
    };
  },
});

/** The k largest: what flows back to each goes to where it came from. */
const topK: tf.GradConfig = {
  kernelName: tf.TopK,
  inputsToSave: ['x'],
  outputsToSave: [false, true],
  gradFunc: (dys, [x, indices]) => ({
    x: () => {
      const [byValue] = dys as Tensor[];
      const length = x!.shape.at(-1)!;
      const rows = x!.size / length;
      const places = indices!.reshape([rows, -1]).add(tf.range(0, rows, 1, 'int32').mul(tf.scalar(length, 'int32')).expandDims(1));
      return tf.scatterND(places.reshape([-1, 1]), byValue!.flatten(), [x!.size]).reshape(x!.shape);
    },
  }),
};

export const extremeGradients = [extreme(tf.Max), extreme(tf.Min), topK];

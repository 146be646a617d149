/** Kernels that tfjs-node does not have, each a call of the TensorFlow op. */
import { tf } from '../../../core/tensor.ts';
import { runOp, runOps } from '../ops.ts';
import { register } from './register.ts';

/** Draws that depend on a seed tensor alone, int32 `[2]`: the same Philox stream on every engine, and new numbers in each replay of a recorded step. */
function registerRandom(): void {
  for (const name of ['StatelessRandomUniform', 'StatelessRandomNormal']) {
    register(name, ({ seed }, { shape }) =>
      runOp(name, [tf.tensor1d(shape as number[], 'int32'), seed!], { dtype: { type: 'float32' }, T: { type: 'int32' }, Tseed: { type: 'int32' } }));
  }
}

function registerSearch(): void {
  register('SearchSorted', ({ sortedSequence, values }, { side }) =>
    runOp(side === 'left' ? 'LowerBound' : 'UpperBound', [sortedSequence!, values!], { T: { type: values!.dtype }, out_type: { type: 'int32' } }));
  register('DenseBincount', ({ x, weights }, { size, binaryOutput }) =>
    runOp('DenseBincount', [x!, tf.scalar(size as number, 'int32'), weights!], { Tidx: { type: 'int32' }, T: { type: weights!.dtype }, binary_output: { bool: binaryOutput as boolean } }));
  register('BitwiseAnd', ({ a, b }) => runOp('BitwiseAnd', [a!, b!], { T: { type: a!.dtype } }));
}

function registerImages(): void {
  register('Transform', ({ image, transforms }, attrs) => {
    const { interpolation, fillMode, fillValue, outputShape } = attrs as { interpolation: string; fillMode: string; fillValue: number; outputShape?: [number, number] };
    const size = outputShape ?? image!.shape.slice(1, 3);
    return runOp('ImageProjectiveTransformV3', [image!, transforms!, tf.tensor1d(size, 'int32'), tf.scalar(fillValue)], {
      dtype: { type: 'float32' },
      interpolation: { string: interpolation.toUpperCase() },
      fill_mode: { string: fillMode.toUpperCase() },
    });
  });
  register('MaxPoolWithArgmax', ({ x }, attrs) => {
    const { filterSize, strides, pad, includeBatchInIndex } = attrs as { filterSize: number | [number, number]; strides: number | [number, number]; pad: string; includeBatchInIndex: boolean };
    const window = (size: number | [number, number]) => ({ ints: typeof size === 'number' ? [1, size, size, 1] : [1, ...size, 1] });
    return runOps('MaxPoolWithArgmax', [x!], {
      T: { type: 'float32' },
      Targmax: { type: 'int32' },
      ksize: window(filterSize),
      strides: window(strides),
      padding: { string: pad.toUpperCase() },
      include_batch_in_index: { bool: includeBatchInIndex },
    }, 2);
  });
}

export function registerMissing(): void {
  registerRandom();
  registerSearch();
  registerImages();
}

import { z } from 'zod';
import { defineLayer } from '../src/core/defineLayer.ts';
import { tf } from '../src/core/tensor.ts';
import { seed } from './shared/noise.ts';
import { dataFormat } from './shared/space.ts';

/** While training, mirrors each image with probability ½: left and right, top and bottom, or each by itself. Shapes stay. */
export const randomFlip = defineLayer({
  kind: 'randomFlip',
  keras: { name: 'RandomFlip', ignore: ['bounding_box_format'] },
  options: z.strictObject({ mode: z.enum(['horizontal', 'vertical', 'horizontalAndVertical']).default('horizontalAndVertical'), dataFormat, seed }),
  rank: 3,
  build: (_, input) => ({ output: input }),
  call(x, { options: { mode, ...options }, training, random }) {
    if (!training) return x;
    const height = options.dataFormat === 'channelsFirst' ? 2 : 1;
    const axes = [...(mode === 'vertical' ? [] : [height + 1]), ...(mode === 'horizontal' ? [] : [height])];
    return axes.reduce((images, axis) => {
      const mirrored = tf.less(random.uniform([x.shape[0]!, 1, 1, 1], options.seed), 0.5);
      return tf.where(mirrored, tf.reverse(images, axis), images);
    }, x);
  },
});

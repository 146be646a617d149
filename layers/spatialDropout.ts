import { z } from 'zod';
import { defineLayer } from '../src/core/defineLayer.ts';
import { dropped, rate, seed } from './shared/noise.ts';
import { dataFormat } from './shared/space.ts';

/** While training, drops whole features of a sequence, at all its steps. Shapes stay. Tompson et al., 2015. */
export const spatialDropout1d = defineLayer({
  kind: 'spatialDropout1d',
  keras: { name: 'SpatialDropout1D' },
  options: z.strictObject({ rate, seed }),
  rank: 2,
  mask: 'pass',
  build: (_, input) => ({ output: input }),
  call: (x, { options, training, random }) => (training && options.rate > 0 ? dropped(x, random, { ...options, noiseShape: [null, 1, null] }) : x),
});

const spatialDropout = <const K extends string>(kind: K, name: string, axes: 2 | 3) => defineLayer({
  kind,
  keras: { name },
  options: z.strictObject({ rate, dataFormat, seed }),
  rank: axes + 1,
  mask: 'pass',
  build: (_, input) => ({ output: input }),
  call(x, { options, training, random }) {
    if (!training || options.rate === 0) return x;
    const space = Array<number>(axes).fill(1);
    return dropped(x, random, { ...options, noiseShape: options.dataFormat === 'channelsFirst' ? [null, null, ...space] : [null, ...space, null] });
  },
});

/** While training, drops whole channels of an image. Shapes stay. Tompson et al., 2015. */
export const spatialDropout2d = spatialDropout('spatialDropout2d', 'SpatialDropout2D', 2);
/** While training, drops whole channels of a volume. Shapes stay. Tompson et al., 2015. */
export const spatialDropout3d = spatialDropout('spatialDropout3d', 'SpatialDropout3D', 3);

import { z } from 'zod';
import { defineLayer } from '../src/core/defineLayer.ts';
import { layerOption } from '../src/core/layer.ts';
import { namedByClass } from './shared/namedByClass.ts';

/** Layers one after the other as one layer: what prepares data, say. A model of them is `sequential`. */
export const pipeline = defineLayer({
  kind: 'pipeline',
  keras: { name: 'Pipeline' },
  options: z.strictObject({ layers: z.array(layerOption).min(1) }),
  integers: true,
  layers: ({ layers }) => namedByClass('layers', layers),
  build({ layers }, input, { inner, dtype, batchSize }) {
    const output = Object.values(inner).reduce((below, plan) => plan(below)[0]!, input);
    let end = { shape: input, dtype };
    for (const layer of layers) end = { ...layer.plan([{ ...end, batchSize }]).outputs[0]! };
    return { output, dtype: end.dtype };
  },
  call: (x, { inner, mask }) => Object.values(inner).reduce((flow, run) => run(flow)[0]!, { tensor: x, mask } as { readonly tensor: typeof x; readonly mask?: typeof mask }).tensor,
});

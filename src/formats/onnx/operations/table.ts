/** All kernels that ONNX has words for. */
import { elementwiseOperations } from './elementwise.ts';
import { lookupOperations } from './lookup.ts';
import type { Operations } from './operation.ts';
import { productOperations } from './product.ts';
import { recurrentOperations } from './recurrent.ts';
import { reductionOperations } from './reduction.ts';
import { resizeOperations } from './resize.ts';
import { shapeOperations } from './shape.ts';
import { windowOperations } from './window.ts';

export const operations: Operations = {
  ...elementwiseOperations, ...lookupOperations, ...productOperations, ...recurrentOperations, ...reductionOperations, ...resizeOperations, ...shapeOperations, ...windowOperations,
};

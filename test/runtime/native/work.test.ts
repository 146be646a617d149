import { expect, it } from 'vitest';
import { multiplicationsOf } from '../../../src/runtime/native/record/work.ts';

// Counted by hand: for each number that comes out of a pass forward, those of the sum that it is. A gradient takes as many as the pass.
it.for([
  ['MatMul', [[4, 3], [3, 5]], [4, 5], 4 * 3 * 5],
  ['_FusedMatMul', [[4, 3], [3, 5], [5]], [4, 5], 4 * 3 * 5],
  ['BatchMatMulV2', [[2, 4, 3], [2, 3, 5]], [2, 4, 5], 2 * 4 * 3 * 5],
  ['Conv2D', [[8, 10, 10, 3], [5, 5, 3, 6]], [8, 6, 6, 6], 8 * 6 * 6 * 6 * (5 * 5 * 3)],
  ['Conv2DBackpropInput', [[4], [5, 5, 3, 6], [8, 6, 6, 6]], [8, 10, 10, 3], 8 * 6 * 6 * 6 * (5 * 5 * 3)],
  ['Conv2DBackpropFilter', [[8, 10, 10, 3], [4], [8, 6, 6, 6]], [5, 5, 3, 6], 8 * 6 * 6 * 6 * (5 * 5 * 3)],
  ['Conv3DBackpropFilterV2', [[2, 4, 4, 4, 3], [5], [2, 3, 3, 3, 7]], [2, 2, 2, 3, 7], 2 * 27 * 7 * (8 * 3)],
  ['DepthwiseConv2dNative', [[8, 10, 10, 3], [5, 5, 3, 2]], [8, 6, 6, 6], 8 * 6 * 6 * 6 * 25],
  ['DepthwiseConv2dNativeBackpropInput', [[4], [5, 5, 3, 2], [8, 6, 6, 6]], [8, 10, 10, 3], 8 * 6 * 6 * 6 * 25],
  ['Relu', [[4, 3]], [4, 3], undefined],
] as const)('counts the multiplications of %s', ([op, inputs, output, want]) => {
  const counted = multiplicationsOf(op, inputs, output);
  if (want === undefined) expect(counted).toBeUndefined();
  else expect(counted).toBeCloseTo(want, 6);
});

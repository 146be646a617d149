import { type Tensor1D, type Tensor4D, tf } from '../../../src/core/tensor.ts';
import { apart, of, uniform } from './case.ts';

const int = (values: number[], shape = [values.length]) => tf.tensor(values, shape, 'int32');

const places = [
  of('gather', [uniform([10, 4])], (x) => tf.gather(x, int([1, 3, 3, 9]))),
  of('gather by a matrix', [uniform([10, 4])], (x) => tf.gather(x, int([1, 3, 3, 9], [2, 2]))),
  of('gather along the second axis', [uniform([3, 10, 4])], (x) => tf.gather(x, int([1, 3, 3, 9]), 1)),
  of('gather along the last axis', [uniform([3, 4, 6])], (x) => tf.gather(x, int([5, 0, 5]), 2)),
  of('gather from each of a batch', [uniform([2, 5, 3])], (x) => tf.gather(x, int([1, 3, 3, 0, 4, 4], [2, 3]), 1, 1)),
  of('gatherND of numbers', [uniform([5, 4])], (x) => tf.gatherND(x, int([1, 2, 3, 3, 1, 2], [3, 2]))),
  of('gatherND of rows', [uniform([5, 4])], (x) => tf.gatherND(x, int([1, 3, 1], [3, 1]))),
  of('unsortedSegmentSum', [uniform([4, 3])], (x) => tf.unsortedSegmentSum(x, int([0, 2, 2, 1]) as Tensor1D, 3)),
  of('scatterND of numbers', [uniform([3])], (x) => tf.scatterND(int([4, 3, 4], [3, 1]), x, [8])),
  of('scatterND of rows', [uniform([3, 2])], (x) => tf.scatterND(int([4, 3, 1], [3, 1]), x, [6, 2])),
  of('tensorScatterUpdate', [uniform([8]), uniform([3])], (x, y) => tf.tensorScatterUpdate(x, int([4, 3, 1], [3, 1]), y)),
  of('oneHot times', [uniform([4, 6])], (x) => x.mul(tf.oneHot(int([1, 2, 0, 5]), 6))),
];

const pieces = [
  of('concat', [uniform([3, 2]), uniform([3, 5])], (x, y) => tf.concat([x, y], 1)),
  of('concat along the first axis', [uniform([3, 2]), uniform([1, 2]), uniform([2, 2])], (...xs) => tf.concat(xs, 0)),
  of('stack', [uniform([3, 2]), uniform([3, 2])], (x, y) => tf.stack([x, y], 1)),
  of('unstack', [uniform([4, 3, 2])], (x) => tf.addN(tf.unstack(x, 1).map((y, i) => y.mul(i + 1)))),
  of('split', [uniform([3, 6])], (x) => {
    const [a, b, c] = tf.split(x, 3, 1);
    return a!.mul(b!).add(c!);
  }),
  of('split in unlike parts', [uniform([6, 3])], (x) => {
    const [a, b] = tf.split(x, [2, 4], 0);
    return tf.concat([b!.square(), a!]);
  }),
  of('slice', [uniform([4, 6, 3])], (x) => tf.slice(x, [1, 2, 0], [2, 3, 2])),
  of('slice of a range of rows', [uniform([7, 6])], (x) => tf.slice(x, [2], [3])),
  of('stridedSlice', [uniform([6, 6])], (x) => tf.stridedSlice(x, [0, 1], [6, 6], [2, 3])),
  of('stridedSlice backwards, with an axis less', [uniform([6, 5])], (x) => tf.stridedSlice(x, [5, 2], [0, 3], [-2, 1], 0, 0, 0, 0, 2)),
  of('pad', [uniform([3, 6])], (x) => tf.pad(x, [[1, 1], [0, 2]])),
  of('mirrorPad, reflected', [uniform([4, 5])], (x) => tf.mirrorPad(x, [[1, 2], [3, 1]], 'reflect')),
  of('mirrorPad, symmetric', [uniform([3, 4])], (x) => tf.mirrorPad(x, [[3, 2], [0, 4]], 'symmetric')),
  of('reverse', [uniform([3, 6])], (x) => tf.reverse(x, 1)),
  of('tile', [uniform([3, 4])], (x) => tf.tile(x, [2, 3])),
  of('broadcastTo', [uniform([1, 6])], (x) => tf.broadcastTo(x, [4, 6])),
];

const orders = [
  ...[[1, 0, 2], [2, 1, 0], [0, 2, 1], [2, 0, 1], [1, 2, 0]].map((order) => of(`transpose to ${order}`, [uniform([5, 6, 9])], (x) => tf.transpose(x, order))),
  of('transpose of a matrix', [uniform([13, 18])], (x) => tf.transpose(x)),
  of('transpose of four axes', [uniform([3, 4, 2, 5])], (x) => tf.transpose(x, [0, 2, 1, 3])),
  of('transpose of five axes', [uniform([2, 3, 2, 3, 2])], (x) => tf.transpose(x, [4, 2, 0, 3, 1])),
  of('reshape', [uniform([3, 6])], (x) => tf.reshape(x, [2, 9]).square()),
  of('expandDims and squeeze', [uniform([3, 6])], (x) => tf.squeeze(tf.expandDims(x, 1))),
  of('cast to its own type', [uniform([3, 6])], (x) => tf.cast(x, 'float32').mul(x)),
  of('clone', [uniform([3, 6])], (x) => x.clone().mul(x)),
];

const images = [
  ...[[7, 6], [3, 2], [4, 3], [8, 1]].flatMap(([height, width]) => [[false, false], [true, false], [false, true]].flatMap(([corners, centers]) => {
    const how = `to ${height}×${width}${corners ? ', corners aligned' : ''}${centers ? ', pixels at their centres' : ''}`;
    return [
      of(`resizeBilinear ${how}`, [uniform([2, 4, 3, 2])], (x) => tf.image.resizeBilinear(x as Tensor4D, [height!, width!], corners, centers)),
      of(`resizeNearestNeighbor ${how}`, [uniform([2, 4, 3, 2])], (x) => tf.image.resizeNearestNeighbor(x as Tensor4D, [height!, width!], corners, centers)),
    ];
  })),
  of('spaceToBatchND', [uniform([1, 4, 4, 2])], (x) => tf.spaceToBatchND(x, [2, 2], [[0, 0], [2, 0]])),
  of('batchToSpaceND', [uniform([4, 2, 2, 2])], (x) => tf.batchToSpaceND(x, [2, 2], [[0, 0], [1, 0]])),
  of('depthToSpace', [uniform([1, 2, 3, 8])], (x) => tf.depthToSpace(x as Tensor4D, 2)),
  of('localResponseNormalization', [uniform([1, 3, 3, 6])], (x) => tf.localResponseNormalization(x as Tensor4D, 2, 1, 0.5)),
  of('dilation2d', [apart([1, 6, 6, 2]), uniform([3, 3, 2], -0.01, 0.01)], (x, filter) => tf.dilation2d(x as Tensor4D, filter as never, 1, 'same')),
];

export const arrayCases = [
  ...places,
  ...pieces,
  ...orders,
  ...images,
  of('bandPart', [uniform([4, 5])], (x) => tf.linalg.bandPart(x, 1, 2)),
  of('bandPart of a batch', [uniform([2, 4, 4])], (x) => tf.linalg.bandPart(x, 0, -1)),
];

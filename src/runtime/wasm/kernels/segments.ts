import { tf } from '../../../core/tensor.ts';
import { address, fresh, heap } from '../heap.ts';
import { kernel } from '../kernel.ts';

export const segmentKernels = [
  kernel<tf.UnsortedSegmentSumInputs, tf.UnsortedSegmentSumAttrs>(tf.UnsortedSegmentSum, ({ x, segmentIds }, { numSegments }) => {
    if (x.dtype !== 'float32') return undefined;
    const rows = tf.util.sizeFromShape(segmentIds.shape);
    const row = x.shape.slice(segmentIds.shape.length);
    const out = fresh([numSegments, ...row]);
    heap.kernels.segmentSum(address(x), address(segmentIds), address(out), rows, tf.util.sizeFromShape(row), numSegments);
    return out;
  }),
];

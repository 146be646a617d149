/// <reference types="@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js" preserve="true" />
/**
 * The one door to TensorFlow.js: every other file takes tensors from here.
 *
 * `@tensorflow/tfjs-core` alone (40 MB on disk) in place of the umbrella package (210 MB with what it brings): its Node bundle lacks the
 * gradients and the chained operations, which the build bundles into `generated/tfjsTraining.ts`.
 */
import './generated/tfjsTraining.ts';

export * as tf from '@tensorflow/tfjs-core';
export type { DataType, Scalar, Tensor, Tensor1D, Tensor2D, Tensor3D, Tensor4D, Tensor5D, TensorLike } from '@tensorflow/tfjs-core';

import type { KernelWriter } from '../graph.ts';
import { convolutionKernels } from './convolutions.ts';
import { elementwiseKernels } from './elementwise.ts';
import { placeKernels } from './places.ts';
import { reductionKernels } from './reductions.ts';

/** How each of tfjs's kernels is written in TensorFlow's ops. */
export const kernels: Readonly<Record<string, KernelWriter>> = { ...elementwiseKernels, ...reductionKernels, ...placeKernels, ...convolutionKernels };

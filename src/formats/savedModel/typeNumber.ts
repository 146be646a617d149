import { types } from '../../runtime/native/record/graph.ts';
import type { TracedType } from '../export/trace.ts';

/** TensorFlow's number for a type. */
export const typeNumber = (dtype: TracedType): number => (dtype === 'float32' ? types.float : types[dtype]);

/** What each file of this folder gives: for kernels of tfjs, how their work is said in ONNX. */
import type { TracedNode } from '../../export/trace.ts';
import type { Translation } from '../translation.ts';

export type Operation = (node: TracedNode, translation: Translation) => void;
export type Operations = Readonly<Record<string, Operation>>;

export const only = ({ outputs }: TracedNode) => outputs[0]!;
/** Tensors of a kernel that takes a list. */
export const listed = ({ inputs }: TracedNode): readonly number[] => Object.values(inputs);

/** Takes fused operations apart: a product or a convolution, a bias, an activation. */
import { tf } from '../../core/tensor.ts';
import type { LinedUp, LinedUpValue } from './lineUp.ts';
import type { TracedNode } from './trace.ts';

interface Base { readonly kernel: string; readonly inputs: readonly string[]; readonly attrs: readonly string[] }

const convolution = (kernel: string): Base => ({ kernel, inputs: ['x', 'filter'], attrs: ['strides', 'pad', 'dataFormat', 'dilations', 'dimRoundingMode'] });

/** What each is without bias and activation. */
const bases: Readonly<Record<string, Base>> = {
  [tf._FusedMatMul]: { kernel: tf.BatchMatMul, inputs: ['a', 'b'], attrs: ['transposeA', 'transposeB'] },
  [tf.FusedConv2D]: convolution(tf.Conv2D),
  [tf.FusedDepthwiseConv2D]: convolution(tf.DepthwiseConv2dNative),
};

/** Kernels of the activations that tfjs fuses. */
const activationKernels: Readonly<Record<string, string>> = { relu: tf.Relu, relu6: tf.Relu6, elu: tf.Elu, sigmoid: tf.Sigmoid, leakyrelu: tf.LeakyRelu, prelu: tf.Prelu };

const picked = <T>(from: Readonly<Record<string, T>>, names: readonly string[]) => Object.fromEntries(names.filter((name) => name in from).map((name) => [name, from[name]!]));

function apart({ kernel, inputs, attrs, outputs, layer }: TracedNode, fresh: () => number): readonly TracedNode[] {
  const base = bases[kernel]!;
  const { activation, leakyreluAlpha } = attrs;
  const { shape, dtype } = outputs[0]!;
  const steps: Pick<TracedNode, 'kernel' | 'inputs' | 'attrs'>[] = [{ kernel: base.kernel, inputs: picked(inputs, base.inputs), attrs: picked(attrs, base.attrs) }];
  if (inputs.bias !== undefined) steps.push({ kernel: tf.Add, inputs: { b: inputs.bias }, attrs: {} });
  const activationKernel = activationKernels[String(activation)];
  if (activationKernel === tf.Prelu) steps.push({ kernel: tf.Prelu, inputs: { alpha: inputs.preluActivationWeights! }, attrs: {} });
  else if (activationKernel) steps.push({ kernel: activationKernel, inputs: {}, attrs: activationKernel === tf.LeakyRelu ? { alpha: leakyreluAlpha } : {} });
  const ids = steps.map((_, i) => (i === steps.length - 1 ? outputs[0]!.id : fresh()));
  return steps.map((step, i) => {
    const before = i === 0 ? {} : { [step.kernel === tf.Add ? 'a' : 'x']: ids[i - 1]! };
    return { ...step, inputs: { ...before, ...step.inputs }, outputs: [{ id: ids[i]!, shape, dtype }], layer };
  });
}

/** The same without fused operations. */
export function fuseless(linedUp: LinedUp): LinedUp {
  let last = Math.max(...linedUp.values.keys());
  const values = new Map<number, LinedUpValue>(linedUp.values);
  const nodes = linedUp.nodes.flatMap((node) => (node.kernel in bases ? apart(node, () => ++last) : [node]));
  for (const { outputs, layer } of nodes) {
    for (const { id, shape, dtype } of outputs) if (!values.has(id)) values.set(id, { shape, dtype, layer, path: undefined, data: undefined });
  }
  return { ...linedUp, values, nodes };
}

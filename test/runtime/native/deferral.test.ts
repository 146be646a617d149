import { beforeAll, describe, expect, it } from 'vitest';
import { atOnce, type Phases } from '../../../src/core/phases.ts';
import { recorderOf } from '../../../src/core/recorder.ts';
import { tf, type Tensor } from '../../../src/core/tensor.ts';
import { setBackend } from '../../../src/runtime/choose.ts';
import { nativeBackend, runOp } from '../../../src/runtime/native/ops.ts';
import { backendInUse } from '../../../src/runtime/native/record/backend.ts';
import { capture } from '../../../src/runtime/native/record/capture.ts';
import { sessionAddon } from '../../../src/runtime/native/record/sessionAddon.ts';
import { hasNative } from '../../engines.ts';
import { arrayCases } from '../gradients/arrays.ts';
import type { Case } from '../gradients/case.ts';
import { convolutionCases } from '../gradients/convolutions.ts';
import { elementwiseCases } from '../gradients/elementwise.ts';
import { modelCases } from '../gradients/models.ts';
import { productCases } from '../gradients/products.ts';
import { reductionCases } from '../gradients/reductions.ts';
import { sequenceCases } from '../gradients/sequences.ts';

const cases = [...productCases, ...convolutionCases, ...elementwiseCases, ...reductionCases, ...arrayCases, ...modelCases, ...sequenceCases];

const inPhases = (inputs: readonly Tensor[], compute: () => readonly Tensor[]): Phases<readonly Tensor[]> =>
  recorderOf('tensorflow')!.inPhases!(inputs, () => tf.tidy(() => compute() as Tensor[]).map((tensor) => tf.keep(tensor)));
const contentOf = (tensors: readonly Tensor[]) => tensors.map((tensor) => ({ shape: tensor.shape, dtype: tensor.dtype, values: [...tensor.dataSync()] }));

/** What a case comes to and its gradients. */
const compute = ({ f }: Case) => (x: readonly Tensor[]) => [f(...x), ...tf.grads((...at: Tensor[]) => f(...at).mul(0.5).sum())([...x])];

/** The tensors that there are, of tfjs and of TensorFlow. */
const counts = () => [tf.memory().numTensors, nativeBackend().binding.getNumOfTensors()];

describe.skipIf(!hasNative)('computing in phases on native TensorFlow', () => {
  beforeAll(() => setBackend('native'));

  it.each(cases)('$name: the numbers are those of computing at once', (one) => {
    const inputs = one.inputs.map(({ shape, values }) => tf.tensor(values.slice(), [...shape]));
    const want = tf.tidy(() => contentOf(compute(one)(inputs)));
    const before = counts();
    const made = atOnce(inPhases(inputs, () => compute(one)(inputs)));
    expect(contentOf(made)).toEqual(want);
    tf.dispose([...made]);
    expect(counts()).toEqual(before);
    tf.dispose(inputs);
  });

  // Where the addon does not load, everything is computed at once.
  it('computes nothing as it is asked, and each operation later', ({ skip }) => {
    if (!sessionAddon()) skip('the addon does not load here');
    const x = tf.tensor1d([1, 2]);
    tf.neg(x).dispose();
    const before = nativeBackend().binding.getNumOfTensors();
    const work = inPhases([x], () => Array.from({ length: 50 }, () => tf.sin(tf.add(x, x))));
    work.next();
    // It holds x itself.
    expect(nativeBackend().binding.getNumOfTensors() - before).toBe(1);
    const made = atOnce(work);
    expect(nativeBackend().binding.getNumOfTensors() - before).toBe(50);
    tf.dispose([...made]);
  });

  it('captures a computation without computing it', ({ skip }) => {
    if (!sessionAddon()) skip('the addon does not load here');
    const x = tf.tensor1d([1, 2]);
    // Computed, there would be no number 6.
    const compute = () => [tf.gather(x, tf.cast(tf.add(x, 5), 'int32') as tf.Tensor1D)];
    const { nodes, declined } = atOnce(capture(backendInUse(), [{ tensor: x, reference: 'x' }], compute));
    expect(declined).toBeUndefined();
    expect(nodes.map(({ op }) => op)).toContain('GatherV2');
  });

  it('gives a number to who looks at one meanwhile', () => {
    const x = tf.tensor1d([1, 2]);
    const [y] = atOnce(inPhases([x], () => {
      const sum = tf.sum(tf.mul(x, 3));
      return [tf.add(x, sum.dataSync()[0]!)];
    }));
    expect([...y!.dataSync()]).toEqual([10, 11]);
  });

  it('goes on where only computing tells a shape', () => {
    const x = tf.tensor1d([4, 1, 4, 9]);
    const [values, doubled] = atOnce(inPhases([x], () => {
      const { values } = tf.unique(tf.add(x, 1));
      return [values, tf.mul(values, 2)];
    }));
    expect([values, doubled].map((tensor) => [...tensor!.dataSync()])).toEqual([[5, 2, 10], [10, 4, 20]]);
  });

  it('uses what it was given, whatever others do with it between the phases', () => {
    const [x, factor] = [tf.tensor1d([1, 2]), tf.tensor1d([3, 4])];
    const work = inPhases([x], () => [tf.mul(x, factor)]);
    work.next();
    tf.dispose([x, factor]);
    const [y] = atOnce(work);
    expect([...y!.dataSync()]).toEqual([3, 8]);
  });

  it('says what TensorFlow says of an operation that it refuses, and keeps nothing', () => {
    const x = tf.ones([2, 3]);
    tf.neg(x).dispose();
    const product = () => [runOp('MatMul', [tf.add(x, 1), x])];
    const words = (call: () => unknown) => {
      try {
        call();
      } catch (error) {
        return (error as Error).message;
      }
      return undefined;
    };
    const want = words(() => tf.tidy(() => product()[0]!));
    expect(want).toContain('[2,3]');
    const before = counts();
    expect(words(() => atOnce(inPhases([x], product)))).toBe(want);
    expect(counts()).toEqual(before);
  });

  it('throws what TensorFlow only finds as it computes, and keeps nothing', () => {
    const x = tf.tensor1d([1, 2]);
    const own: Tensor[] = [];
    const picked = () => {
      const made = tf.tidy(() => [tf.mul(x, 2), tf.neg(tf.gather(x, tf.cast(tf.add(x, 5), 'int32') as tf.Tensor1D))]);
      own.push(...made.map((tensor) => tf.keep(tensor)));
      return made;
    };
    tf.neg(x).dispose();
    const before = counts();
    expect(() => atOnce(recorderOf('tensorflow')!.inPhases!([x], picked))).toThrow('indices[0] = 6 is not in [0, 2)');
    tf.dispose(own);
    expect(counts()).toEqual(before);
  });

  it('leaves numbers in what a recorded step lets out', () => {
    const recorder = recorderOf('tensorflow')!;
    let out: Tensor | undefined;
    const [state, batch, data] = [recorder.duplicate(tf.scalar(5)), tf.ones([1, 2]), tf.ones([3, 2])];
    const recorded = atOnce(recorder.record({
      state: [state], batch: [batch], data: [data], steps: 3,
      step: ([s], [x]) => {
        out = tf.keep(tf.add(x!, s!));
        return [tf.add(s!, 1)];
      },
    }));
    expect([...out!.dataSync()]).toEqual([6, 6]);
    if ('recording' in recorded) recorded.recording.dispose();
  });
});

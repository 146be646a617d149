import { existsSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { atOnce } from '../../../src/core/phases.ts';
import { recorderOf, type Recording, type StepToRecord } from '../../../src/core/recorder.ts';
import { tf, type Tensor } from '../../../src/core/tensor.ts';
import { setBackend } from '../../../src/runtime/choose.ts';
import { nativeBackend } from '../../../src/runtime/native/ops.ts';
import { heldOf, lead } from '../../../src/runtime/native/record/mirrors.ts';
import { sessionAddon, type Held } from '../../../src/runtime/native/record/sessionAddon.ts';
import { replace } from '../../../src/runtime/native/record/tensors.ts';
import { hasNative } from '../../engines.ts';

const numbersOf = (tensors: readonly Tensor[]) => tensors.map((tensor) => [...tensor.dataSync()]);
const order = (...rows: number[]) => Uint32Array.from(rows);

/** A recording over the rows 1, 2, 3, 4, one at a time, and its state. */
function recorded(start: readonly Tensor[], step: StepToRecord['step'], data: readonly Tensor[] = [tf.tensor2d([[1], [2], [3], [4]])]): { recording: Recording; state: readonly Tensor[] } {
  const recorder = recorderOf('tensorflow')!;
  const state = start.map(recorder.duplicate);
  const made = atOnce(recorder.record({ state, batch: data.map((all) => tf.slice(all, 0, 1)), data, step }));
  if ('declined' in made) throw new Error(made.declined);
  return { recording: made.recording, state };
}

/** s ← 2 s + x */
const doubling: StepToRecord['step'] = ([s], [x]) => [tf.add(tf.mul(s!, 2), tf.sum(x!))];

describe.skipIf(!hasNative)('steps on native TensorFlow beside the thread that asks', () => {
  beforeAll(() => setBackend('native'));

  // Where it does not, these tests are skipped, and everything else goes the long way round without a word.
  it('have their addon wherever it is shipped', ({ skip }) => {
    const { isUsingGpuDevice } = nativeBackend().binding;
    if (isUsingGpuDevice() || !existsSync(`bindings/${process.platform}-${process.arch}`)) skip('no addon is shipped for this');
    expect(sessionAddon()).toBeDefined();
  });

  it('let timers fire meanwhile', async ({ skip }) => {
    // Products of 700 by 700: tens of milliseconds for all of them.
    const { recording, state } = recorded([tf.ones([700, 700])], ([s]) => [tf.div(tf.matMul(s!, s!), 700)]);
    if (!recording.runBeside) skip('the addon does not load here');
    let [fired, over] = [0, false];
    const immediates = (async () => {
      while (!over) {
        await new Promise((resolve) => setImmediate(resolve));
        fired++;
      }
    })();
    const work = recording.runBeside!(new Uint32Array(40));
    await (work.next().value as Promise<void>);
    expect(work.next().done).toBe(true);
    over = true;
    await immediates;
    expect(fired).toBeGreaterThan(10);
    expect(state[0]!.dataSync().every((value) => value === 1)).toBe(true);
    recording.dispose();
  });

  it('are waited for by who goes on', ({ skip }) => {
    const { recording, state } = recorded([tf.scalar(0)], doubling);
    if (!recording.runBeside) skip('the addon does not load here');
    // ((0 · 2 + 4) · 2 + 1) · 2 + 2
    atOnce(recording.runBeside!(order(3, 0, 1)));
    expect(numbersOf(state)).toEqual([[20]]);
    recording.dispose();
  });

  it('take turns where two train the same model', async ({ skip }) => {
    const [first, second] = [recorded([tf.scalar(0)], doubling), recorded([tf.scalar(100)], doubling)];
    if (!first.recording.runBeside) skip('the addon does not load here');
    const works = [first, second].map(({ recording }, i) => recording.runBeside!(order(i, 3)));
    const begun = works.map((work) => work.next().value as Promise<void>);
    await Promise.all(begun);
    for (const work of works) expect(work.next().done).toBe(true);
    // (0 · 2 + 1) · 2 + 4; (100 · 2 + 2) · 2 + 4
    expect(numbersOf([...first.state, ...second.state])).toEqual([[6], [408]]);
    first.recording.run(order(0));
    expect(numbersOf(first.state)).toEqual([[13]]);
    first.recording.dispose();
    second.recording.dispose();
  });

  it('stop at the first that fails, with the state as after the one before', ({ skip }) => {
    const { recording, state } = recorded([tf.scalar(0)], doubling);
    if (!recording.runBeside) skip('the addon does not load here');
    expect(() => atOnce(recording.runBeside!(order(3, 0, 4, 1)))).toThrow('is not in [0, 4)');
    expect(numbersOf(state)).toEqual([[9]]);
    expect(() => recording.run(order(2, 7))).toThrow('is not in [0, 4)');
    expect(numbersOf(state)).toEqual([[21]]);
    recording.run(order(0));
    expect(numbersOf(state)).toEqual([[43]]);
    recording.dispose();
  });

  it('go on from what is set between them, and others compute with what they came to', () => {
    const { assign, duplicate, standby } = recorderOf('tensorflow')!;
    const { recording, state } = recorded([tf.scalar(0), tf.tensor1d([1, 2])], ([s, t], [x]) => [doubling([s!], [x!])[0]!, tf.add(t!, s!)]);
    const [s, t] = state as [Tensor, Tensor];
    recording.run(order(0, 1));
    const copies = state.map(duplicate);
    expect(numbersOf([tf.add(s, 1), tf.mul(t, 2)])).toEqual([[5], [4, 6]]);
    recording.run(order(2));
    expect(numbersOf(state)).toEqual([[11], [6, 7]]);
    assign(t, tf.tensor1d([-1, -2]));
    standby.write(s, Float32Array.of(8));
    recording.run(order(3));
    expect(numbersOf(state)).toEqual([[20], [7, 6]]);
    assign(s, copies[0]!);
    recording.run(order(0));
    expect(numbersOf(state)).toEqual([[9], [11, 10]]);
    expect(numbersOf(copies)).toEqual([[4], [2, 3]]);
    recording.dispose();
    expect(numbersOf(state)).toEqual([[9], [11, 10]]);
  });

  it('take other data of the same shape', () => {
    const { recording, state } = recorded([tf.scalar(0)], doubling);
    recording.run(order(0));
    recording.from([tf.tensor2d([[10], [20], [30], [40]])]);
    recording.run(order(3));
    expect(numbersOf(state)).toEqual([[42]]);
    recording.dispose();
  });

  it('leave no tensors behind', () => {
    const { binding } = nativeBackend();
    const once = () => tf.tidy(() => {
      const { recording, state } = recorded([tf.scalar(0), tf.zeros([3])], ([s, t], [x]) => [doubling([s!], [x!])[0]!, tf.add(t!, s!)]);
      for (let i = 0; i < 3; i++) {
        recording.run(order(0, 1));
        tf.add(state[0]!, 1);
        tf.mul(state[0]!, 2);
        state[1]!.dataSync();
      }
      recording.dispose();
    });
    /** How many tensors the addon holds, more or less: what 64 more of them come up to. */
    const held = () => {
      const more = Array.from({ length: 64 }, () => sessionAddon()?.hold() ?? (0 as Held));
      more.forEach((each) => sessionAddon()?.drop(each));
      return Math.max(...more);
    };
    const count = () => [tf.memory().numTensors, binding.getNumOfTensors(), held()];
    once();
    const before = count();
    for (let i = 0; i < 3; i++) once();
    expect(count()).toEqual(before);
  });

  it('take a tensor that stands for another by now', ({ skip }) => {
    const addon = sessionAddon() ?? skip('the addon does not load here');
    const read = (tensor: Tensor) => {
      const numbers = new Float32Array(2);
      expect(addon.read(heldOf([tensor])[0] as Held, numbers)).toBe(true);
      return [...numbers];
    };
    const { binding, getInputTensorIds } = nativeBackend();
    const tensor = tf.tensor1d([1, 2]);
    expect(read(tensor)).toEqual([1, 2]);
    // The number of one that nothing else stands for.
    const identity = (of: Tensor) => binding.executeOp('Identity', [{ name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT }], getInputTensorIds.call(nativeBackend(), [of]), 1)[0]!.id;
    replace(tensor, identity(tf.tensor1d([3, 4])));
    expect(read(tensor)).toEqual([3, 4]);
    lead([tensor]);
    replace(tensor, identity(tf.tensor1d([5, 6])));
    expect([...tensor.dataSync()]).toEqual([5, 6]);
    expect(read(tensor)).toEqual([5, 6]);
  });
});

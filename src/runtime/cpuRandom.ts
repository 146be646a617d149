import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import { philox, type Philox } from '../core/philox.ts';
import { tf } from '../core/tensor.ts';

function register(name: string, draw: (stream: Philox, n: number) => Float32Array): void {
  tf.registerKernel({
    kernelName: name,
    backendName: 'cpu',
    kernelFunc({ inputs, backend, attrs }) {
      const { shape } = attrs as { shape: number[] };
      const cpu = backend as MathBackendCPU;
      const [seed0, seed1] = cpu.data.get(inputs.seed!.dataId).values as Int32Array;
      return cpu.makeTensorInfo(shape, 'float32', draw(philox(seed0!, seed1!), tf.util.sizeFromShape(shape)));
    },
  });
}

/** Gives tfjs's plain JavaScript engine TensorFlow's stateless random numbers. Calling it again does no harm. */
export function registerCpuRandom(): void {
  if (tf.getKernel('StatelessRandomUniform', 'cpu')) return;
  register('StatelessRandomUniform', (stream, n) => stream.uniform(n));
  register('StatelessRandomNormal', (stream, n) => stream.normal(n));
}

import { z } from 'zod';
import { defineLayer } from '../src/core/defineLayer.ts';
import { ModelError } from '../src/core/errors.ts';
import { definePart } from '../src/core/part.ts';
import { sized } from '../src/core/shape.ts';
import { tf, type Tensor } from '../src/core/tensor.ts';
import { weight } from '../src/core/weight.ts';
import { convolve } from './shared/convolution.ts';
import { fourierKernel, windowOption, type FrameOptions } from './shared/frames.ts';
import { known } from './shared/known.ts';
import { dataFormat, spaceOf, toChannelsLast } from './shared/space.ts';
import { places } from './shared/window.ts';

const kind = 'stftSpectrogram';
const least = 1e-7;

const options = z.strictObject({
  mode: z.enum(['log', 'magnitude', 'psd', 'real', 'imag', 'angle', 'stft']).default('log'),
  frameLength: z.int().positive().default(256),
  frameStep: z.int().positive().nullable().default(null),
  fftLength: z.int().positive().nullable().default(null),
  window: windowOption,
  periodic: z.boolean().default(false),
  scaling: z.enum(['density', 'spectrum']).nullable().default('density'),
  padding: z.enum(['valid', 'same']).default('valid'),
  expandDims: z.boolean().default(false),
  dataFormat,
});
type Options = z.output<typeof options>;

const stepOf = ({ frameLength, frameStep }: Options) => frameStep ?? Math.floor(frameLength / 2);
const frequenciesOf = ({ frameLength, fftLength }: Options) => Math.floor((fftLength ?? 2 ** Math.ceil(Math.log2(frameLength))) / 2) + 1;

const kernel = (side: 'real' | 'imag', shape: readonly number[], given: FrameOptions) =>
  weight(shape, definePart({ kind: 'stft', options: z.strictObject({}), call: () => (sizes: readonly number[]) => fourierKernel(side, sizes, given) })() as never);

/** What the parts of the transform come to, `[…, frequencies]`. */
function read({ mode }: Options, real: Tensor | undefined, imaginary: Tensor | undefined): Tensor {
  if (!real || !imaginary) return (real ?? imaginary)!;
  if (mode === 'angle') return tf.atan2(imaginary, real);
  if (mode === 'stft') return tf.concat([real, imaginary], -1);
  const power = tf.add(tf.square(real), tf.square(imaginary));
  // All frequencies but the first and the last stand for their negative ones too.
  if (mode === 'psd') return tf.mul(power, tf.tensor1d(Array.from({ length: power.shape.at(-1)! }, (_, i) => (i === 0 || i === power.shape.at(-1)! - 1 ? 1 : 2))));
  const magnitude = tf.sqrt(tf.maximum(power, least));
  return mode === 'log' ? tf.log(tf.maximum(magnitude, least)) : magnitude;
}

/**
 * The short-time Fourier transform of signals: `[steps, channels]` → `[frames, channels · frequencies]`, or `[frames, frequencies, channels]` with
 * `expandDims`. Frames of `frameLength` begin every `frameStep` steps (half a frame if not given). Its kernels are weights, and learn unless frozen.
 */
export const stftSpectrogram = defineLayer({
  kind,
  keras: { name: 'STFTSpectrogram' },
  options,
  rank: 2,
  build(given, input) {
    const { frameLength, fftLength, mode, window, expandDims } = given;
    if (fftLength !== null && fftLength < frameLength) throw new ModelError(kind, `fftLength must be at least frameLength, ${frameLength}, got ${fftLength}`);
    if (stepOf(given) > frameLength || stepOf(given) < 1) throw new ModelError(kind, `frameStep must be from 1 to frameLength, ${frameLength}, got ${stepOf(given)}`);
    if (Array.isArray(window) && window.length !== frameLength) throw new ModelError(kind, `window must have frameLength numbers, ${frameLength}, got ${window.length}`);
    const { space, channels } = spaceOf(input, given.dataFormat);
    const depth = known(kind, 'channels', channels, input);
    const [frames] = places(kind, space, { noun: 'frame', option: 'frameLength', size: [frameLength], strides: [stepOf(given)], dilationRate: [1], padding: given.padding });
    const numbers = frequenciesOf(given) * (mode === 'stft' ? 2 : 1);
    const first = given.dataFormat === 'channelsFirst';
    const shape = [frameLength, 1, frequenciesOf(given)];
    return {
      output: expandDims ? (first ? sized(depth, frames!, numbers) : sized(frames!, numbers, depth)) : first ? sized(depth * numbers, frames!) : sized(frames!, depth * numbers),
      weights: { realKernel: mode === 'imag' ? undefined : kernel('real', shape, given), imagKernel: mode === 'real' ? undefined : kernel('imag', shape, given) },
    };
  },
  call(given, { options: settings, weights: { realKernel, imagKernel } }) {
    const x = toChannelsLast(given, settings.dataFormat);
    const [batch, steps, channels] = x.shape as [number, number, number];
    const signals = tf.reshape(tf.transpose(x, [0, 2, 1]), [batch * channels, steps, 1]);
    const part = (held: Tensor | undefined) => held && convolve(signals, held, 1, { strides: [stepOf(settings)], dilationRate: [1], padding: settings.padding });
    const found = read(settings, part(realKernel), part(imagKernel));
    const [, frames, numbers] = found.shape as [number, number, number];
    const each = tf.reshape(found, [batch, channels, frames, numbers]);
    const first = settings.dataFormat === 'channelsFirst';
    if (settings.expandDims) return first ? each : tf.transpose(each, [0, 2, 3, 1]);
    return first ? tf.reshape(tf.transpose(each, [0, 1, 3, 2]), [batch, channels * numbers, frames]) : tf.reshape(tf.transpose(each, [0, 2, 1, 3]), [batch, frames, channels * numbers]);
  },
});

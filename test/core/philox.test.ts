import { describe, expect, it } from 'vitest';
import { philox } from '../../src/core/philox.ts';

// From TensorFlow 2.21.0 (CPU):
//   seed = tf.constant([7, 0], tf.int32)
//   tf.raw_ops.StatelessRandomUniform(shape=[9], seed=seed)
//   tf.raw_ops.StatelessRandomNormal(shape=[9], seed=seed)
const cases = [
  {
    seeds: [7, 0],
    uniform: [0.7470787763595581, 0.67218017578125, 0.057779550552368164, 0.6442131996154785, 0.07030856609344482, 0.6681548357009888, 0.45644664764404297, 0.795683741569519, 0.5727335214614868],
    normal: [-0.6741727590560913, -0.35869255661964417, -1.8795816898345947, -1.4728931188583374, -2.006253719329834, -1.133432388305664, -1.2011830806732178, 0.35457873344421387, -0.9464753866195679],
  },
  {
    seeds: [-5, 123456789],
    uniform: [0.7134151458740234, 0.163000226020813, 0.6899552345275879, 0.3621605634689331, 0.32987332344055176, 0.0232621431350708, 0.697803258895874, 0.1337876319885254, 0.7711580991744995],
    normal: [0.7020605206489563, 0.427193820476532, 0.6563146114349365, -0.5581293106079102, 0.21690624952316284, 1.4734464883804321, 0.6320376396179199, 0.5658308267593384, 0.471941739320755],
  },
] as const;

describe('philox', () => {
  it.each(cases)('gives TensorFlow\'s stateless random numbers for seeds $seeds', ({ seeds: [seed0, seed1], uniform, normal }) => {
    expect([...philox(seed0, seed1).uniform(9)]).toEqual(uniform);
    philox(seed0, seed1).normal(9).forEach((number, i) => expect(number).toBeCloseTo(normal[i]!, 6));
  });

  it('gives the numbers of a long stream in TensorFlow\'s order', () => {
    // ...StatelessRandomUniform(shape=[100003], ...)[100000:], and the same of StatelessRandomNormal
    const stream = philox(7, 0);
    expect([...stream.uniform(100003).subarray(100000)]).toEqual([0.7248591, 0.5883839, 0.12846923].map(Math.fround));
    const normal = [...stream.normal(100003).subarray(100000)];
    [-0.4229508, -0.681666, -0.5843202].forEach((number, i) => expect(normal[i]).toBeCloseTo(number, 6));
  });

  it('gives as many numbers as asked for, always from the start', () => {
    const stream = philox(1, 2);
    for (const n of [0, 1, 3, 4, 5]) {
      expect([...stream.uint32(n)]).toEqual([...stream.uint32(8)].slice(0, n));
      expect([...stream.normal(n)]).toEqual([...stream.normal(8)].slice(0, n));
    }
  });
});

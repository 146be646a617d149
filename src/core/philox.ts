/**
 * Random numbers that depend on nothing but two seeds and their place in the stream: Philox 4x32 with 10 rounds
 * (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011), with the seeds scrambled and the bits turned into
 * numbers as TensorFlow's `StatelessRandomUniform` and `StatelessRandomNormal` do.
 */
export interface Philox {
  /** The first `n` words of the stream. */
  uint32(n: number): Uint32Array;
  /** The first `n` numbers of `StatelessRandomUniform`, in [0, 1). */
  uniform(n: number): Float32Array;
  /** The first `n` numbers of `StatelessRandomNormal`, of mean 0 and variance 1. */
  normal(n: number): Float32Array;
}

const multiplier0 = 0xd2511f53;
const multiplier1 = 0xcd9e8d57;
const weyl0 = 0x9e3779b9;
const weyl1 = 0xbb67ae85;

/** The upper 32 bits of the product of two unsigned 32-bit numbers. */
function multiplyHigh(a: number, b: number): number {
  const aHigh = a >>> 16;
  const aLow = a & 0xffff;
  const bHigh = b >>> 16;
  const bLow = b & 0xffff;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const carry = aLow * bHigh + (middle & 0xffff);
  return aHigh * bHigh + (middle >>> 16) + (carry >>> 16);
}

/** Ten rounds on a counter, the four words from `at` on, in place. */
function scramble(words: Uint32Array, at: number, key0: number, key1: number): void {
  let c0 = words[at]!;
  let c1 = words[at + 1]!;
  let c2 = words[at + 2]!;
  let c3 = words[at + 3]!;
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(multiplier0, c0);
    const high1 = multiplyHigh(multiplier1, c2);
    const low0 = Math.imul(multiplier0, c0) >>> 0;
    const low1 = Math.imul(multiplier1, c2) >>> 0;
    c0 = (high1 ^ c1 ^ key0) >>> 0;
    c1 = low1;
    c2 = (high0 ^ c3 ^ key1) >>> 0;
    c3 = low0;
    key0 = (key0 + weyl0) >>> 0;
    key1 = (key1 + weyl1) >>> 0;
  }
  words[at] = c0;
  words[at + 1] = c1;
  words[at + 2] = c2;
  words[at + 3] = c3;
}

const upperHalf = (seed: number) => Math.floor(seed / 2 ** 32) >>> 0;

/** The stream's key, and the upper half of its counter, of which the lower half counts blocks of four words. */
function start(seed0: number, seed1: number): readonly [key0: number, key1: number, counter2: number, counter3: number] {
  const mixed = Uint32Array.of(seed0 >>> 0, upperHalf(seed0), seed1 >>> 0, upperHalf(seed1));
  // The constant key of TensorFlow's GenerateKey (stateless_random_ops.cc).
  scramble(mixed, 0, 0x3ec8f720, 0x02461e29);
  return mixed as unknown as readonly [number, number, number, number];
}

/** A float in [0, 1) from the lower 23 bits of a word. */
const unit = (word: number) => (word & 0x7fffff) * 2 ** -23;

/**
 * The stream of two seeds (integers; below zero they are taken in two's complement, as TensorFlow's int32 seeds are).
 * Each call of a method begins at the start of the stream. Uniform numbers are TensorFlow's to the bit, normal ones to rounding.
 */
export function philox(seed0: number, seed1: number): Philox {
  const [key0, key1, counter2, counter3] = start(seed0, seed1);
  function uint32(n: number): Uint32Array {
    const words = new Uint32Array(4 * Math.ceil(n / 4));
    for (let at = 0; at < n; at += 4) {
      words[at] = at / 4;
      words[at + 2] = counter2;
      words[at + 3] = counter3;
      scramble(words, at, key0, key1);
    }
    return words.subarray(0, n);
  }
  return {
    uint32,
    uniform: (n) => Float32Array.from(uint32(n), unit),
    normal(n) {
      // Box–Muller, as in TensorFlow's random_distributions.h: a pair of words gives a pair of numbers.
      const words = uint32(n + (n % 2));
      const numbers = new Float32Array(words.length);
      for (let i = 0; i < words.length; i += 2) {
        const radius = Math.sqrt(-2 * Math.fround(Math.log(Math.max(unit(words[i]!), Math.fround(1e-7)))));
        const angle = Math.fround(2 * Math.PI * unit(words[i + 1]!));
        numbers[i] = Math.fround(Math.sin(angle)) * Math.fround(radius);
        numbers[i + 1] = Math.fround(Math.cos(angle)) * Math.fround(radius);
      }
      return numbers.subarray(0, n);
    },
  };
}

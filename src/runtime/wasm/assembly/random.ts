// Philox 4x32-10, four blocks at a time, and TensorFlow's way from its words to numbers. src/core/philox.ts is the same in plain
// TypeScript, with the sources.
import { logarithm, sine } from './elementary';
import { at, storePart } from './simd';
import { tableAddress } from './table';

@inline const MULTIPLIER_0 = 0xd2511f53;
@inline const MULTIPLIER_1 = 0xcd9e8d57;
@inline const WEYL_0 = 0x9e3779b9;
@inline const WEYL_1 = 0xbb67ae85;

// The four words of four blocks: lane i of `word0` is the first word of block i.
let word0: v128 = i32x4.splat(0);
let word1: v128 = i32x4.splat(0);
let word2: v128 = i32x4.splat(0);
let word3: v128 = i32x4.splat(0);
let key0: i32 = 0;
let key1: i32 = 0;

/** Ten rounds on the words. */
@inline
function scramble(): void {
  let c0 = word0, c1 = word1, c2 = word2, c3 = word3;
  let k0 = key0, k1 = key1;
  const m0 = i32x4.splat(MULTIPLIER_0), m1 = i32x4.splat(MULTIPLIER_1);
  for (let round = 0; round < 10; round++) {
    const a = i64x2.extmul_low_i32x4_u(c0, m0), b = i64x2.extmul_high_i32x4_u(c0, m0);
    const c = i64x2.extmul_low_i32x4_u(c2, m1), d = i64x2.extmul_high_i32x4_u(c2, m1);
    const high0 = v128.shuffle<i32>(a, b, 1, 3, 5, 7), high1 = v128.shuffle<i32>(c, d, 1, 3, 5, 7);
    c0 = v128.xor(v128.xor(high1, c1), i32x4.splat(k0));
    c2 = v128.xor(v128.xor(high0, c3), i32x4.splat(k1));
    c1 = v128.shuffle<i32>(c, d, 0, 2, 4, 6);
    c3 = v128.shuffle<i32>(a, b, 0, 2, 4, 6);
    k0 += WEYL_0;
    k1 += WEYL_1;
  }
  word0 = c0;
  word1 = c1;
  word2 = c2;
  word3 = c3;
}

/** Floats in [0, 1) from the lower 23 bits of the words. */
@inline
function unit(words: v128): v128 {
  return f32x4.sub(v128.or(v128.and(words, i32x4.splat(0x7fffff)), i32x4.splat(0x3f800000)), f32x4.splat(1));
}

/** 2π · u, rounded once, as by TensorFlow. */
@inline
function angle(u: v128): v128 {
  const turn = f64x2.splat(6.283185307179586);
  const low = f32x4.demote_f64x2_zero(f64x2.mul(f64x2.promote_low_f32x4(u), turn));
  const high = f32x4.demote_f64x2_zero(f64x2.mul(f64x2.promote_low_f32x4(v128.shuffle<f64>(u, u, 1, 1)), turn));
  return v128.shuffle<f64>(low, high, 0, 2);
}

@inline
function radius(u: v128, t: usize): v128 {
  return f32x4.sqrt(f32x4.mul(f32x4.splat(-2), logarithm(f32x4.max(u, f32x4.splat(1e-7)), t)));
}

@inline
function fill(seed: usize, out: usize, n: i32, normal: bool): void {
  // TensorFlow's GenerateKey: the seeds, sign-extended, are one block under a constant key.
  const seed0 = load<i32>(seed), seed1 = load<i32>(seed + 4);
  word0 = i32x4.splat(seed0);
  word1 = i32x4.splat(seed0 >> 31);
  word2 = i32x4.splat(seed1);
  word3 = i32x4.splat(seed1 >> 31);
  key0 = 0x3ec8f720;
  key1 = 0x02461e29;
  scramble();
  key0 = i32x4.extract_lane(word0, 0);
  key1 = i32x4.extract_lane(word1, 0);
  const t = tableAddress();
  const upper0 = word2, upper1 = word3;
  for (let i = 0; i < n; i += 16) {
    word0 = i32x4.add(i32x4.splat(i >> 2), i32x4(0, 1, 2, 3));
    word1 = i32x4.splat(0);
    word2 = upper0;
    word3 = upper1;
    scramble();
    let a = unit(word0), b = unit(word1), c = unit(word2), d = unit(word3);
    if (normal) {
      const r0 = radius(a, t), r1 = radius(c, t), angle0 = angle(b), angle1 = angle(d);
      a = f32x4.mul(r0, sine(angle0, false, t));
      b = f32x4.mul(r0, sine(angle0, true, t));
      c = f32x4.mul(r1, sine(angle1, false, t));
      d = f32x4.mul(r1, sine(angle1, true, t));
    }
    const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5), cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
    const ab2 = v128.shuffle<f32>(a, b, 2, 6, 3, 7), cd2 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
    storeSome(at(out, i), v128.shuffle<f64>(ab, cd, 0, 2), n - i);
    storeSome(at(out, i + 4), v128.shuffle<f64>(ab, cd, 1, 3), n - i - 4);
    storeSome(at(out, i + 8), v128.shuffle<f64>(ab2, cd2, 0, 2), n - i - 8);
    storeSome(at(out, i + 12), v128.shuffle<f64>(ab2, cd2, 1, 3), n - i - 12);
  }
}

@inline
function storeSome(p: usize, v: v128, n: i32): void {
  if (n >= 4) v128.store(p, v);
  else if (n > 0) storePart(p, v, n);
}

/** out[n]: TensorFlow's StatelessRandomUniform for the two int32 at `seed`. */
export function randomUniform(seed: usize, out: usize, n: i32): void {
  fill(seed, out, n, false);
}

/** out[n]: TensorFlow's StatelessRandomNormal for the two int32 at `seed`. */
export function randomNormal(seed: usize, out: usize, n: i32): void {
  fill(seed, out, n, true);
}

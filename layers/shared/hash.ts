/** Hashes of Keras's categorical layers: the same bins as there, on every machine. */
import { fingerprint64 } from 'farmhash-modern';

/** Two 64-bit halves of a key. */
export type Salt = readonly [number, number];

const bits = (n: bigint) => BigInt.asUintN(64, n);
const rotate = (n: bigint, by: bigint) => bits((n << by) | (n >> (64n - by)));

/** SipHash-2-4. Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012. */
function sipHash(bytes: Uint8Array, salt: Salt): bigint {
  const [k0, k1] = salt.map((half) => bits(BigInt(half))) as [bigint, bigint];
  let [a, b, c, d] = [k0 ^ 0x736f6d6570736575n, k1 ^ 0x646f72616e646f6dn, k0 ^ 0x6c7967656e657261n, k1 ^ 0x7465646279746573n];
  const rounds = (n: number) => {
    for (let i = 0; i < n; i++) {
      a = bits(a + b); b = rotate(b, 13n) ^ a; a = rotate(a, 32n);
      c = bits(c + d); d = rotate(d, 16n) ^ c;
      a = bits(a + d); d = rotate(d, 21n) ^ a;
      c = bits(c + b); b = rotate(b, 17n) ^ c; c = rotate(c, 32n);
    }
  };
  const padded = new Uint8Array((Math.floor(bytes.length / 8) + 1) * 8);
  padded.set(bytes);
  padded[padded.length - 1] = bytes.length & 255;
  const view = new DataView(padded.buffer);
  for (let at = 0; at < padded.length; at += 8) {
    const word = view.getBigUint64(at, true);
    d ^= word;
    rounds(2);
    a ^= word;
  }
  c ^= 255n;
  rounds(4);
  return a ^ b ^ c ^ d;
}

/** The bin, of so many, that a text falls into: by FarmHash's Fingerprint64, or by SipHash with a salt. */
export function binOf(text: string, bins: number, salt?: Salt | null): number {
  const hash = salt ? sipHash(new TextEncoder().encode(text), salt) : fingerprint64(text);
  return Number(hash % BigInt(bins));
}

const factor = 0xc6a4a7935bd1e995n;
const mixed = (n: bigint) => n ^ (n >> 47n);

/** Joins a fingerprint to what came before it. */
function joined(before: bigint, next: bigint): bigint {
  const result = bits((before ^ factor ^ bits(mixed(bits(next * factor)) * factor)) * factor);
  return mixed(bits(mixed(result) * factor));
}

/** The bin of several values together; whole numbers count as themselves, texts by their fingerprint. */
export function crossedBin(values: readonly (string | number)[], bins: number): number {
  // TensorFlow's default key.
  const hash = values.reduce<bigint>((before, value) => joined(before, typeof value === 'string' ? fingerprint64(value) : bits(BigInt(Math.trunc(value)))), 0xdecafcaffen);
  return Number(hash % BigInt(bins));
}

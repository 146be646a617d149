/** Cases made by real Keras, where the folder with them is at hand (CI has it; a user's machine does not). */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

const folder = fileURLToPath(new URL('../../../shared/reference/', import.meta.url));
export const hasReference = existsSync(`${folder}index.json`);
export const absent = 'the cases made by real Keras are not here (../shared/reference)';
// A name of tests that do not run is not printed.
if (!hasReference) console.warn(`skipped: ${absent}`);

export interface Packed { readonly shape: readonly number[]; readonly dtype: 'float32' | 'int32' | 'bool'; readonly data: string; readonly name?: string; readonly path?: string }
export interface Unpacked { readonly data: Float32Array | Int32Array | Uint8Array; readonly shape: readonly number[] }

export interface Tolerance { readonly rtol: number; readonly atol: number }
export interface TrainCase {
  readonly compile: { readonly optimizer: KerasSpec; readonly loss: unknown; readonly lossWeights?: unknown; readonly metrics?: unknown; readonly weightedMetrics?: unknown };
  readonly compiledInFile: boolean;
  readonly resume?: boolean;
  readonly fit: { readonly batchSize: number; readonly epochs: number };
  readonly x: readonly Packed[];
  readonly y: readonly Packed[];
  readonly sampleWeight?: readonly Packed[];
  readonly classWeight?: Readonly<Record<string, number>>;
  readonly validation?: { readonly x: readonly Packed[]; readonly y: readonly Packed[]; readonly batchSize?: number };
  readonly lossPerEpoch: readonly number[];
  readonly metricsPerEpoch: Readonly<Record<string, readonly number[]>>;
  readonly outputsAfter: readonly Packed[];
  readonly weightsAfter?: readonly Packed[];
  readonly evaluateAfter?: Readonly<Record<string, number>>;
  readonly continued?: { readonly epochs: number; readonly lossPerEpoch: readonly number[]; readonly outputsAfter: readonly Packed[] };
  readonly tolerance: Tolerance;
}
export interface KerasSpec { readonly class: string; readonly config: Readonly<Record<string, unknown>> }
export interface Case {
  readonly name: string;
  readonly tags: readonly string[];
  readonly inputs: readonly Packed[];
  readonly outputs: readonly Packed[];
  readonly repeatOutputs?: readonly (readonly Packed[])[];
  readonly params: { readonly total: number; readonly trainable: number; readonly nonTrainable: number };
  readonly tolerance: Tolerance;
  readonly train?: TrainCase;
  readonly files: { readonly keras: string; readonly h5?: string; readonly weights?: string };
}

export const caseNames = (): readonly string[] =>
  hasReference ? (JSON.parse(readFileSync(`${folder}index.json`, 'utf8')) as { cases: { name: string }[] }).cases.map(({ name }) => name) : [];
export const readCase = (name: string): Case => JSON.parse(readFileSync(`${folder}${name}/case.json`, 'utf8')) as Case;
export const fileOf = (name: string, file = 'model.keras'): string => `${folder}${name}/${file}`;

export function unpack({ shape, dtype, data }: Packed): Unpacked {
  const bytes = Uint8Array.from(Buffer.from(data, 'base64'));
  if (dtype === 'bool') return { data: bytes, shape };
  return { data: dtype === 'int32' ? new Int32Array(bytes.buffer) : new Float32Array(bytes.buffer), shape };
}

/** Every element within `atol + rtol · |want|`, as the cases ask. */
export function expectClose(what: string, got: { readonly data: ArrayLike<number>; readonly shape: readonly number[] }, want: Packed, { rtol, atol }: Tolerance): void {
  expect(got.shape, `${what}: shape`).toEqual(want.shape);
  const { data } = unpack(want);
  let worst = { at: -1, over: 0 };
  for (let i = 0; i < data.length; i++) {
    const off = Math.abs(got.data[i]! - data[i]!);
    const over = Number.isNaN(off) ? Infinity : off / (atol + rtol * Math.abs(data[i]!));
    if (over > worst.over) worst = { at: i, over };
  }
  expect(worst.over, `${what}: element ${worst.at} is ${got.data[worst.at]}, want ${data[worst.at]}`).toBeLessThanOrEqual(1);
}

/** `.keras` files taken apart and put together, for tests that change them. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Json, JsonObject } from '../../../src/core/keras.ts';
import { readZip } from '../../../src/formats/zip.ts';
import { writeZip } from '../../../src/formats/zipWriter.ts';

export interface KerasFile { readonly config: JsonObject; readonly weights: Uint8Array; readonly metadata?: Json }

export function takeApart(path: string): KerasFile {
  const members = readZip(readFileSync(path), 'test');
  const text = (name: string) => new TextDecoder().decode(members.get(name)!.bytes());
  return { config: JSON.parse(text('config.json')) as JsonObject, metadata: JSON.parse(text('metadata.json')) as Json, weights: members.get('model.weights.h5')!.bytes() };
}

const bytes = (value: unknown) => new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));

/** Writes a file of members; texts and data go in as they are. */
export function putTogether(path: string, { config, weights, metadata = {} }: { readonly config: unknown; readonly weights: Uint8Array; readonly metadata?: unknown }): string {
  writeFileSync(path, Buffer.concat(writeZip([
    { name: 'metadata.json', content: bytes(metadata) }, { name: 'config.json', content: bytes(config) }, { name: 'model.weights.h5', content: weights },
  ], 'test')));
  return path;
}

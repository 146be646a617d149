/** TensorFlow's sessions on graphs that were recorded. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NativeBinding, TensorMetadata } from '../ops.ts';

export interface Session {
  run(inputs: readonly number[]): TensorMetadata[];
  close(): void;
}

/**
 * @param ends - how many placeholders `x0`, `x1` … the graph takes, and how many outputs its node `call` has
 * @param model - bytes of the file `saved_model.pb`
 * @throws Error with TensorFlow's words if it refuses the graph
 */
export function openSession(binding: NativeBinding, ends: { readonly inputs: number; readonly outputs: number }, model: Uint8Array): Session {
  const names = (count: number, name: (i: number) => string) => Array.from({ length: count }, (_, i) => name(i)).join(',');
  const inputNames = names(ends.inputs, (i) => `x${i}:0`);
  const outputNames = names(ends.outputs, (i) => `call:${i}`);
  const folder = mkdtempSync(join(tmpdir(), 'ibex-'));
  try {
    writeFileSync(join(folder, 'saved_model.pb'), model);
    const id = binding.loadSavedModel(folder, 'serve');
    return {
      run: (inputs) => binding.runSavedModel(id, inputs, inputNames, outputNames),
      close: () => binding.deleteSavedModel(id),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

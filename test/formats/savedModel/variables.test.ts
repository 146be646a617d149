/** Weights in a checkpoint of TensorFlow. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { input, layers, sequential, setBackend, tf, type Model, type Tensor } from 'ibexjs';
import { crc32c } from '../../../src/formats/crc32c.ts';
import { hasNative } from '../../engines.ts';
import { expectSame } from '../export/expected.ts';
import { loadSavedModel } from './tfjsNode.ts';

const folder = mkdtempSync(join(tmpdir(), 'ibex-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('the checksum of a checkpoint is that of RFC 3720', () => {
  // Its appendix B.4, and the check value of the algorithm's catalogues.
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
  expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283);
});

describe.skipIf(!hasNative)(`a model of large weights${hasNative ? '' : ' (skipped: there is no native TensorFlow here; `npx ibex setup native` installs it)'}`, () => {
  beforeAll(() => setBackend('native'));

  test('has them in a checkpoint, once each, which TensorFlow restores', async () => {
    const x = input({ shape: [40] });
    const net = sequential([
      x, layers.dense({ units: 50, activation: 'tanh', biasInitializer: 'randomNormal' }), layers.reshape({ targetShape: [5, 10] }),
    ], { seed: 2 }) as unknown as Model;
    const deep = sequential([x, net, layers.flatten(), layers.dense({ units: 60 }), layers.dense({ units: 70, name: 'last' })], { seed: 4 }) as unknown as Model;
    const path = join(folder, 'large');
    await deep.export(path);
    expect(readFileSync(join(path, 'variables/variables.data-00000-of-00001')).length).toBe(4 * (40 * 50 + 50 * 60 + 60 * 70));
    const loaded = await loadSavedModel(path);
    tf.tidy(() => {
      const data = tf.tensor2d(Float32Array.from({ length: 120 }, (_, i) => Math.sin(i)), [3, 40]);
      const [got, want] = [loaded.predict({ [deep.network.inputNames[0]!]: data }) as Record<string, Tensor>, deep.predict(data) as Tensor];
      expectSame([got.last!], [want]);
    });
    loaded.dispose();
    deep.dispose();
  });
});

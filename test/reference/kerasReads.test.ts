/** Real Keras reads what ibex writes, and trains it on. Wanted: see `helpers/kerasPython.ts`. IBEX_KERAS_CASES_ALL=1 checks every case. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { loadModel, setBackend } from 'ibexjs';
import { findKerasPython, noPython } from '../helpers/kerasPython.ts';
import { absent, caseNames, fileOf, hasReference, readCase } from '../helpers/reference.ts';
import { compileAsCase, follow } from './follow.ts';

const python = hasReference ? findKerasPython() : undefined;
const skipped = hasReference ? noPython : absent;
if (!python) console.warn(`skipped: ${skipped}`);

const folder = mkdtempSync(join(tmpdir(), 'ibex-'));
afterAll(() => rmSync(folder, { recursive: true }));

// What differs in how it is written: order of layers, nested and shared ones, cells, masks, operators, ends, slots of optimizers.
const chosen = [
  'batchnorm_train_conv', 'bidirectional_masked_train', 'deep_numbering_resume', 'dict_outputs_train', 'gru_reset_after_train', 'mha_self', 'nested_functional_in_sequential_train',
  'operator_nodes', 'opt_adam_amsgrad', 'opt_adam_ema', 'opt_nadam', 'rnn_cells_stacked', 'shared_layer_train', 'time_distributed',
];
const names = () => caseNames().filter((name) => (process.env.IBEX_KERAS_CASES_ALL ? !process.env.IBEX_CASE || name.includes(process.env.IBEX_CASE) : chosen.includes(name)));

describe.skipIf(!python)(`Keras reads${python ? '' : ` (skipped: ${skipped})`}`, () => {
  test('what ibex writes, and goes on where ibex left off', async () => {
    await setBackend('wasm');
    const lines: string[][] = [];
    for (const name of names()) {
      const { train, repeatOutputs } = readCase(name);
      const model = await loadModel(fileOf(name), { seed: 1 });
      const before = join(folder, `${name}.keras`);
      await model.save(before);
      lines.push([before, fileOf(name, 'case.json'), ...(train ? ['--train'] : [])]);
      if (train && !repeatOutputs) {
        compileAsCase(model, train);
        await follow(model, train, train.fit.epochs);
        const after = join(folder, `${name}.after.keras`);
        await model.save(after);
        lines.push([after, fileOf(name, 'case.json'), '--after', ...(train.continued ? ['--train'] : [])]);
      }
      model.dispose();
    }
    const { stdout, stderr } = spawnSync(python!, [fileURLToPath(new URL('checkWithKeras.py', import.meta.url)), fileOf('', 'verify_keras_file.py').replace('//', '/')], {
      input: lines.map((line) => JSON.stringify(line)).join('\n'), encoding: 'utf8', env: { ...process.env, TF_ENABLE_ONEDNN_OPTS: '0' }, maxBuffer: 2 ** 28,
    });
    const verdicts = stdout.split('\n').filter((line) => /^(PASS|FAIL)/.test(line));
    expect(verdicts.filter((line) => line.startsWith('FAIL')), stderr.slice(-4000)).toEqual([]);
    expect(verdicts.length, stderr.slice(-4000)).toBe(lines.length);
  }, 1_800_000);
});

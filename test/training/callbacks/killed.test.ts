/** A training that is killed again and again ends as one that nobody disturbed, to the bit. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasNative } from '../../engines.ts';
import { built } from '../../cli/program.ts';
import type { Backend } from '../../../src/runtime/choose.ts';

/** What a user's program might be: it prints `begun`, and at its end all that training has come to. */
const source = ({ engine, jit }: Mode, folder: string, moment?: string) => `
  import fs from 'node:fs/promises';
  import { syncBuiltinESMExports } from 'node:module';
  import { callbacks, input, sequential, setBackend } from '${built('src/index.js')}';
  import { batchNormalization, dense, dropout, lstm, randomFlip, reshape } from '${built('layers/index.js')}';
  import { adam } from '${built('optimizers/index.js')}';

  const die = () => { process.kill(process.pid, 'SIGKILL'); return new Promise(() => {}); };
  let left = ${JSON.stringify(moment ? Number(moment.split(' ')[1]) : 0)};
  const at = (moment) => moment === ${JSON.stringify(moment?.split(' ')[0] ?? '')} && --left === 0;
  const { writeFile, rename, link, rm } = fs;
  fs.writeFile = async (file, content) => {
    if (at('write')) {
      const bytes = Buffer.concat([...(content[Symbol.iterator] && !(content instanceof Uint8Array) && typeof content !== 'string' ? content : [Buffer.from(content)])]);
      await writeFile(file, bytes.subarray(0, bytes.length / 2));
      return die();
    }
    return writeFile(file, content);
  };
  fs.rename = async (from, to) => (at('before-rename') ? die() : (await rename(from, to), at('after-rename') && die()));
  fs.link = async (from, to) => (at('before-link') ? die() : (await link(from, to), at('after-link') && die()));
  fs.rm = async (path, options) => (path.endsWith('training.snapshot') && at('before-removal') ? die() : (await rm(path, options), path.endsWith('training.snapshot') && at('after-removal') && die()));
  syncBuiltinESMExports();

  await setBackend('${engine}');
  const pixels = (i) => Array.from({ length: 3 }, (_, row) => [[Math.sin(i + row)], [Math.cos(3 * i)], [((i + row) % 7) / 7]]);
  const x = Array.from({ length: ${jit && engine === 'wasm' ? 2000 : 200} }, (_, i) => pixels(i));
  const y = x.map(([[[a], [b], [c]]]) => [a * b + c]);
  const net = sequential([
    input({ shape: [3, 3, 1] }), randomFlip(), reshape({ targetShape: [3, 3] }), lstm({ units: 4 }), batchNormalization(), dropout({ rate: 0.2 }), dense({ units: 1 }),
  ], { name: 'net', seed: 3 }).compile({ optimizer: adam({ learningRate: 0.01, useEma: true, gradientAccumulationSteps: 2 }), loss: 'meanSquaredError', metrics: ['meanAbsoluteError'], jit: ${jit} });
  const folder = ${JSON.stringify(folder)};
  const { history } = await net.fit(x, y, { epochs: ${jit && engine === 'wasm' ? 12 : 20}, batchSize: 16, validationSplit: 0.2, verbose: 0, callbacks: [
    callbacks.backupAndRestore({ dir: folder + '/backup', every: ${jit && engine === 'wasm' ? 20 : 3}, onError: 'throw' }),
    callbacks.learningRateScheduler((epoch, rate) => rate * 0.999),
    callbacks.reduceLROnPlateau({ patience: 2, factor: 0.9 }),
    callbacks.earlyStopping({ patience: 1000, restoreBestWeights: true }),
    callbacks.csvLogger({ path: folder + '/log.csv' }),
    { onTrainBegin: () => console.log('begun'), sparse: true, onBatchEnd: (() => { let seen = false; return (batch) => { if (!seen) console.log('batch ' + batch); seen = true; }; })() },
  ] });
  console.log(JSON.stringify({ weights: net.readWeights().map(({ data }) => Buffer.from(data.buffer).toString('hex')), iteration: net.trainer.optimizerState.iteration.dataSync()[0], rate: net.trainer.learningRate, history }));
`;

interface Life { readonly killed: boolean; readonly result: string | undefined; readonly firstBatch: number; readonly stderr: string; /** Milliseconds from when training began. */ readonly lasted: number }

/** Runs the program; `kill`: milliseconds after which it is killed once training has begun. */
function live(text: string, kill?: number): Promise<Life> {
  const { VITEST: _, NODE_ENV: __, IBEX_BACKEND: ___, ...env } = process.env;
  return new Promise((done) => {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', text], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    let begun = performance.now();
    child.stderr.on('data', (piece) => (stderr += piece));
    child.stdout.on('data', (piece) => {
      if (stdout === '') begun = performance.now();
      if (stdout === '' && kill !== undefined) setTimeout(() => child.kill('SIGKILL'), kill);
      stdout += piece;
    });
    child.on('close', (_status, signal) => done({
      killed: signal === 'SIGKILL', stderr, lasted: performance.now() - begun, result: stdout.split('\n').find((line) => line.startsWith('{')), firstBatch: Number(/^batch (\d+)/m.exec(stdout)?.[1] ?? -1),
    }));
  });
}

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'ibex-killed-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// Lock and snapshot in the making, half-written, in place, and gone again.
interface Mode { readonly name: string; readonly engine: Backend; readonly jit: boolean; readonly moments: readonly string[]; readonly last: string }
const modes: readonly Mode[] = [
  { name: 'replayed', engine: 'wasm', jit: true, moments: ['write 1', 'after-link 1', 'write 2', 'before-rename 1', 'after-rename 2'], last: 'before-removal 1' },
  { name: 'eager', engine: 'wasm', jit: false, moments: ['before-link 1', 'write 3', 'after-rename 1', 'before-rename 4', 'write 5'], last: 'after-removal 1' },
  ...(hasNative ? [{ name: 'on native TensorFlow', engine: 'native', jit: true, moments: ['write 2'], last: 'before-removal 1' } as const] : []),
];
const atRandom = (engine: Backend) => (engine === 'native' ? 2 : 6);

describe.concurrent.each(modes)('training that is killed, $name', (mode) => {
  const { moments, last } = mode;
  it('ends with the weights, the history and the log of one that is not, to the bit', { timeout: 600_000 }, async () => {
    const calm = mkdtempSync(join(folder, 'calm-'));
    const expected = await live(source(mode, calm));
    expect(expected.stderr).toBe('');
    expect(readdirSync(join(calm, 'backup'))).toEqual([]);

    const dir = mkdtempSync(join(folder, 'killed-'));
    const plan: (string | number)[] = [...moments];
    for (let i = 0; i < atRandom(mode.engine); i++) plan.splice(Math.floor(Math.random() * (plan.length + 1)), 0, -1);
    plan.push(last);
    // All lives together are shorter than one that nobody ends, however fast the machine is: each is killed before the work is done.
    const longest = expected.lasted / plan.length;
    plan.forEach((how, i) => {
      if (typeof how === 'number') plan[i] = Math.round(Math.random() * longest);
    });
    const lives: Life[] = [];
    const told = () => [...plan.slice(0, lives.length), 'not'].map((how, i) => `killed ${how}: began with batch ${lives[i]?.firstBatch}`).join('\n');
    for (const how of plan) {
      const life = await live(source(mode, dir, typeof how === 'string' ? how : undefined), typeof how === 'number' ? how : undefined);
      lives.push(life);
      expect(life, told()).toMatchObject({ killed: true, stderr: '' });
    }
    const end = await live(source(mode, dir));
    expect(JSON.parse(end.result!), told()).toEqual(JSON.parse(expected.result!));
    expect(readFileSync(join(dir, 'log.csv'), 'utf8')).toBe(readFileSync(join(calm, 'log.csv'), 'utf8'));
    // Neither snapshot nor lock nor half a file is left.
    expect(readdirSync(join(dir, 'backup'))).toEqual([]);
    // Some of them began in the midst of an epoch; of the few on the native engine none may have.
    if (mode.engine === 'wasm') expect(lives.some(({ firstBatch }) => firstBatch > 0), told()).toBe(true);
  });
});

import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { tf } from '../core/tensor.ts';
import type { Backend } from '../runtime/choose.ts';
import { findInstallations, type Installation } from '../runtime/native/find.ts';
import { ibexHome, packageRoot, readManifest, runtimeFolder } from '../runtime/native/home.ts';
import { inBytes } from '../runtime/native/setup/say.ts';
import { tryEngine, type Trial } from '../runtime/native/setup/tryEngine.ts';
import { hasFusedMultiply } from '../runtime/wasm/fusedMultiply.ts';
import { wantedThreads } from '../runtime/wasm/threads/count.ts';
import type { Command } from './ibex.ts';

const help = `Usage: npx ibex doctor

Trains a small net on each engine, says which one programs will compute on and why not another, and what it found on the way.
Exits with 0 if an engine trains.`;

const row = (name: string, text: string): string => `${name.padEnd(12)}${text}`;

// A module that is valid only where the processor and Node have these instructions; from GoogleChromeLabs/wasm-feature-detect.
const simd = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11);
const yesNo = (is: boolean | undefined): string => (is ? 'yes' : 'no');

const trained = ({ report }: Extract<Trial, { report: object }>): string => `trains (30 steps of a small convolutional net in ${Math.round(report.milliseconds)} ms)`;

/** Who put it there, where it lies, and what is known of it. */
function placeOf({ origin, folder }: Installation): string {
  const manifest = origin === 'ibex setup native' ? readManifest(folder) : undefined;
  const source = manifest ? `${manifest.package} ${manifest.tensorflow}, ${manifest.from === 'download' ? 'downloaded' : `of ${manifest.from}`}; ${manifest.binding} addon` : '';
  return row('', `${origin}: ${folder}${source && ` (${source})`}`);
}

const remedyFor = ({ origin }: Installation): string =>
  row('', origin === 'ibex setup native' ? 'set it up anew: `npx ibex setup native --remove`, then `npx ibex setup native`' : `set it up anew: \`npm rebuild ${origin}\`, or \`npx ibex setup native\` for another one`);

/** What there is of native TensorFlow: the first lines say what is installed, the last ones what it can do. */
function describeNative(trial: Trial): string[] {
  const installations = findInstallations();
  if (installations.length === 0) return [row('native', 'not installed: `npx ibex setup native` sets it up')];
  if ('problem' in trial) return [row('native', `does not start: ${trial.problem}`), ...installations.flatMap((each) => [placeOf(each), remedyFor(each)])];
  const { report, stderr } = trial;
  return [
    row('native', trained(trial)),
    ...(report.installation ? [placeOf(report.installation)] : []),
    row('', `TensorFlow ${report.tensorflow}, on the ${report.usesGpu ? 'GPU' : 'CPU'}`),
    // TensorFlow says so only in its log; nothing can be asked.
    row('', `oneDNN: ${yesNo(stderr.includes('oneDNN custom operations are on'))}; XLA: ${yesNo(report.hasXla)}; threads: ${process.env.TF_NUM_INTRAOP_THREADS ?? availableParallelism()}`),
  ];
}

function describeWasm(trial: Trial, fused: boolean): string[] {
  const state = 'problem' in trial ? `does not start: ${trial.problem}` : trained(trial);
  return [row('wasm', state), row('', `SIMD: ${yesNo(WebAssembly.validate(simd))}; fused multiply-add: ${yesNo(fused)}; threads: ${wantedThreads()}`)];
}

function describeChoice(trials: Record<'native' | 'wasm', Trial>): string {
  const forced = process.env.IBEX_BACKEND;
  if (forced) return `${forced}, because IBEX_BACKEND names it`;
  const runs = (engine: Backend) => !('problem' in trials[engine as 'native' | 'wasm']);
  if (runs('native')) return 'native: it is there and trains';
  return runs('wasm') ? `wasm: native TensorFlow ${findInstallations().length > 0 ? 'does not start' : 'is not installed'}` : 'none trains';
}

function nvidia(): string {
  const file = '/proc/driver/nvidia/version';
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n')[0]!.replace(/^NVRM version: /, '').replace(/\s+/g, ' ') : 'no driver';
}

export const doctor: Command = {
  help,
  async run() {
    const { version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string };
    // One after the other: side by side they would take each other's time.
    const native = await tryEngine('native', { env: { TF_CPP_MIN_LOG_LEVEL: '0' } });
    const wasm = await tryEngine('wasm');
    const home = ibexHome();
    const lines = [
      row('engine', describeChoice({ native, wasm })),
      ...describeNative(native),
      ...describeWasm(wasm, hasFusedMultiply()),
      row('versions', `ibex ${version}, Node ${process.versions.node}, tfjs ${tf.version_core}, ${process.platform} ${process.arch}`),
      row('machine', `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${inBytes(totalmem())} memory; NVIDIA: ${nvidia()}`),
      row('IBEX_HOME', `${process.env.IBEX_HOME ? home : `not set: ${home}`}${existsSync(runtimeFolder(home)) ? '' : ' (no native TensorFlow in it)'}`),
    ];
    console.log(lines.join('\n'));
    return 'problem' in native && 'problem' in wasm ? 1 : 0;
  },
};

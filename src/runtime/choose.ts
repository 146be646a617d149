/** Which engine computes: native TensorFlow where there is one, WebAssembly everywhere else. */
import { didYouMean, inWords, ModelError } from '../core/errors.ts';
import { engineSwitched } from '../core/recorder.ts';
import { tf } from '../core/tensor.ts';
import { registerGradients } from './gradients/register.ts';

export type Backend = 'native' | 'wasm' | 'cpu';

const backends: readonly Backend[] = ['native', 'wasm', 'cpu'];
const inNode = typeof process !== 'undefined' && Boolean(process.versions?.node);

/** What to do where the native engine is not to be had. */
const remedy = 'run `npx ibex setup native`, or choose "wasm"';

/** Loads native TensorFlow; says how that went. */
async function loadNative(): Promise<'running' | 'absent' | { broken: string }> {
  if (!inNode) return 'absent';
  const { describeFailures, startNative } = await import('./native/load.ts');
  const start = await startNative();
  if (start.running) return 'running';
  const broken = describeFailures(start.failures);
  return broken === undefined ? 'absent' : { broken };
}

let embedded: Promise<void> | undefined;

/** Starts the WebAssembly engine beside the native one, if that can hand small steps over, which are faster there; where it does not start, they stay. */
async function startBeside(): Promise<void> {
  const { sessionAddon } = await import('./native/record/sessionAddon.ts');
  if (!sessionAddon()) return;
  const { startWasm } = await import('./wasm/start.ts');
  await startWasm().catch(() => undefined);
}

/** Once, as it is the current engine meanwhile. */
const startEmbedded = (): Promise<void> => (embedded ??= startBeside());

let watched = false;

/** Counts every switch: `tf.setBackend` may be called directly. */
function watchSwitches(): void {
  if (watched) return;
  watched = true;
  const engine = tf.engine();
  const { setBackend: begin } = engine;
  engine.setBackend = (name) => {
    if (name !== engine.backendName) engineSwitched();
    return begin.call(engine, name);
  };
}

async function use(backend: Backend, where: string): Promise<void> {
  registerGradients();
  watchSwitches();
  switch (backend) {
    case 'native': {
      const native = await loadNative();
      if (native === 'absent') throw new ModelError(where, `native TensorFlow is not installed — ${inNode ? remedy : 'there is none in a browser: choose "wasm"'}`);
      if (native !== 'running') throw new ModelError(where, `${native.broken} — \`npx ibex doctor\` says more; ${remedy}`);
      await startEmbedded();
      await tf.setBackend('tensorflow');
      break;
    }
    case 'wasm': {
      const { startWasm } = await import('./wasm/start.ts');
      await startWasm();
      break;
    }
    case 'cpu': {
      await import('@tensorflow/tfjs-backend-cpu');
      const { registerCpuRandom } = await import('./cpuRandom.ts');
      registerCpuRandom();
      await tf.setBackend('cpu');
      // It would greet its first use in Node with advice to install tfjs-node.
      Object.assign(tf.backend(), { firstUse: false });
      break;
    }
  }
}

function parse(name: string, where: string): Backend {
  const backend = backends.find((each) => each === name);
  if (!backend) throw new ModelError(where, `unknown engine ${inWords(name)}${didYouMean(String(name), backends)}`);
  return backend;
}

/**
 * Makes an engine compute from now on. Tensors that another engine holds are carried over when they are used.
 * @throws ModelError if native TensorFlow is asked for and is not installed, or does not load
 */
export async function setBackend(backend: Backend): Promise<void> {
  const where = `setBackend(${inWords(backend)})`;
  await use(parse(backend, where), where);
}

/** The engine that computes. */
export function getBackend(): Backend {
  const name = tf.getBackend();
  return name === 'tensorflow' ? 'native' : (name as Backend);
}

/**
 * Chooses the engine when ibex is imported: the one that the environment's `IBEX_BACKEND` names, else native TensorFlow if it is installed, else WebAssembly.
 * @throws ModelError if `IBEX_BACKEND` names an engine that there is not, or that does not start
 */
export async function startEngine(): Promise<void> {
  const forced = inNode ? process.env.IBEX_BACKEND : undefined;
  if (forced) {
    const where = `IBEX_BACKEND=${forced}`;
    return use(parse(forced, where), where);
  }
  const native = await loadNative();
  if (native === 'running') return use('native', 'native engine');
  if (native !== 'absent') console.error(`ibex: ${native.broken}; computing with WebAssembly instead. \`npx ibex doctor\` says more.`);
  return use('wasm', 'wasm engine');
}

/**
 * The engines that engine-parametrised tests run on: `describe.each(engines)('…', (engine) => { beforeAll(() => setBackend(engine)); … })`.
 * The environment's `IBEX_TEST_ENGINES=wasm,native` names them, and one that cannot be had fails the tests; without it, whatever is installed.
 */
import { setBackend, type Backend } from '../src/runtime/choose.ts';
import { startNative } from '../src/runtime/native/load.ts';

const wanted = process.env.IBEX_TEST_ENGINES;

// The models of tests are small, and it is the native engine that they are to test; what it hands over to the embedded one has tests of its own.
process.env.IBEX_EMBEDDED ??= 'off';

/** Whether native TensorFlow is there to be tested. */
export const hasNative = wanted === undefined ? (await startNative()).running !== undefined : wanted.split(',').includes('native');

export const engines: Backend[] = wanted === undefined ? (hasNative ? ['wasm', 'native'] : ['wasm']) : (wanted.split(',') as Backend[]);

for (const engine of [...engines].reverse()) await setBackend(engine);

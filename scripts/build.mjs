// `npm run build`: the generated sources (tfjs's gradients, the WebAssembly kernels), then TypeScript to dist/.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const stamp = join(root, 'dist/.built');
const sources = ['src', 'layers', 'optimizers', 'datasets', 'examples', 'scripts', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];

const newest = (path) => {
  const { mtimeMs, isFile } = ((s) => ({ mtimeMs: s.mtimeMs, isFile: s.isFile() }))(statSync(path));
  if (isFile) return mtimeMs;
  // A folder's own time changes when a file in it goes or comes.
  return Math.max(mtimeMs, ...readdirSync(path).filter((name) => name !== 'generated').map((name) => newest(join(path, name))));
};

/** Whether dist/ is younger than all that it is made from. */
export const isBuilt = () =>
  existsSync(stamp) && Math.max(...sources.map((path) => newest(join(root, path)))) <= statSync(stamp).mtimeMs;

/** Writes all generated sources; tests that run from the sources need only these. */
export async function generate() {
  const { generateTfjsTraining } = await import('./generateTfjsTraining.mjs');
  await generateTfjsTraining(join(root, 'src/core/generated'));
  const { buildKernels } = await import('./buildKernels.mjs');
  await buildKernels(root);
  const { generateTfjsNode } = await import('./generateTfjsNode.mjs');
  await generateTfjsNode(join(root, 'src/runtime/native/generated'));
}

/** What `exports` of package.json, the command, and `ibex doctor`'s trials of engines start from: these and the chunks are what the package ships. */
const entries = [
  'src/index', 'src/core/index', 'src/losses/index', 'src/metrics/index', 'src/training/callbacks/index', 'layers/index', 'optimizers/index', 'datasets/index', 'src/cli/ibex', 'src/runtime/native/setup/check',
];

/** Puts the modules behind the entries together: Node takes longer to find four hundred small files than to read a few large ones. */
async function bundle() {
  const { rolldown } = await import('rolldown');
  const dist = join(root, 'dist');
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const made = await rolldown({
    input: Object.fromEntries(entries.map((entry) => [entry, join(dist, `${entry}.js`)])),
    external: [/^node:/, ...Object.keys(dependencies).map((name) => new RegExp(`^${name}(/|$)`))],
    platform: 'neutral',
    treeshake: false,
  });
  // Chunks lie one folder below dist/, as the entries do: what finds files by its own place counts on that.
  await made.write({ dir: dist, format: 'esm', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' });
}

export async function build() {
  const startedAt = new Date();
  await generate();
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
  const { describeOptions } = await import('./describeOptions.mjs');
  const bare = await describeOptions(root);
  if (bare.length > 0) throw new Error(`nothing says what these options are; write a comment before each, or a line in scripts/optionWords.mjs:\n${bare.join('\n')}`);
  await bundle();
  writeFileSync(stamp, '');
  utimesSync(stamp, startedAt, startedAt);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await build();

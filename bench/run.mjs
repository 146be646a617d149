// `npm run bench -- [options]`: ibex on both engines beside the peers (Keras, PyTorch, JAX, tf.layers, brain.js), interleaved in one run.
// The peers and their set-up lie outside the package: IBEX_PEERS names their folder, else ../shared/bench/peers beside the repository.
// Options are those of the peers' compare.mjs: --only a,b, --workloads a,b, --rounds N, --cpus 0 …
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const peers = resolve(process.env.IBEX_PEERS ?? join(root, '../shared/bench/peers'));
if (!existsSync(join(peers, 'compare.mjs'))) {
  console.error(`The benchmark's peers are not at ${peers}. Set IBEX_PEERS to their folder.`);
  process.exit(1);
}
// Commands run in the folder of the list of peers: one of our own, with theirs linked in and ours added.
const folder = mkdtempSync(join(tmpdir(), 'ibex-bench-'));
try {
  for (const name of readdirSync(peers)) if (name !== 'peers.json') symlinkSync(join(peers, name), join(folder, name));
  const ours = join(root, 'bench/ibex.mjs');
  const list = JSON.parse(readFileSync(join(peers, 'peers.json'), 'utf8'));
  writeFileSync(join(folder, 'peers.json'), JSON.stringify({
    ...list, 'ibex-wasm': ['node', ours, '--backend', 'wasm'], 'ibex-native': ['node', ours, '--backend', 'native'],
  }));
  const { status } = spawnSync(process.execPath, [join(peers, 'compare.mjs'), '--peers', join(folder, 'peers.json'), ...process.argv.slice(2)], {
    stdio: 'inherit', env: { ...process.env, IBEX_PEERS: peers },
  });
  process.exitCode = status ?? 1;
} finally {
  rmSync(folder, { recursive: true });
}

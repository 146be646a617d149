/** The addon that links Node to libtensorflow: one that comes with ibex, or one compiled here. */
import { copyFileSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { packageRoot } from '../home.ts';
import { lastLines, run } from './processes.ts';
import type { Target } from './targets.ts';

const bindings = (): string => join(packageRoot(), 'bindings');

/** Copies the addons that come with ibex to the runtime's folder. */
export function copyPrebuilt(target: Target, runtime: string): void {
  for (const file of ['tfjs_binding.node', 'mute.node']) copyFileSync(join(bindings(), target.name, file), join(runtime, file));
}

/** A package's files: the project's own copy, else one fetched by `npm pack`, which runs no script of it. */
async function fetchPackage(name: string, version: string, scratch: string): Promise<string> {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
  } catch {
    // Not in node_modules.
  }
  const folder = join(scratch, name.replaceAll('/', '-'));
  if (existsSync(join(folder, 'package'))) return join(folder, 'package');
  mkdirSync(folder, { recursive: true });
  const packed = await run('npm', ['pack', '--silent', '--pack-destination', folder, `${name}@${version}`]);
  if (packed.status !== 0) throw new Error(`npm could not fetch ${name}@${version}: ${lastLines(packed)}`);
  const archive = readdirSync(folder).find((file) => file.endsWith('.tgz'))!;
  const unpacked = await run('tar', ['-xzf', archive], { cwd: folder });
  if (unpacked.status !== 0) throw new Error(`tar could not unpack ${archive}: ${lastLines(unpacked)}`);
  return join(folder, 'package');
}

/**
 * Compiles the addons against the runtime's own C headers, for a system on which those that come with ibex do not load.
 * @throws ModelError if there is no C++ compiler, or it fails
 */
export async function compile({ libraries }: Target, runtime: string, scratch: string): Promise<void> {
  const compilers = ['g++', 'clang++'];
  const works = await Promise.all(compilers.map(async (name) => (await run(name, ['--version'])).status === 0));
  const compiler = compilers.find((_, i) => works[i]);
  if (!compiler) throw new Error('no C++ compiler (g++ or clang++) to build the addon with — on Debian or Ubuntu: `sudo apt install g++`; on macOS: `xcode-select --install`');
  const node = join(await fetchPackage('node-api-headers', '1.9.0', scratch), 'include');
  const sources = join(await fetchPackage('@tensorflow/tfjs-node-gpu', '4.22.0', scratch), 'binding');
  const mac = process.platform === 'darwin';
  const build = async (output: string, args: readonly string[]) => {
    const common = ['-O2', '-fPIC', '-shared', '-std=c++17', '-DNAPI_VERSION=8', '-I', node, ...(mac ? ['-undefined', 'dynamic_lookup'] : ['-s'])];
    const outcome = await run(compiler, [...common, '-o', output, ...args]);
    if (outcome.status !== 0) throw new Error(`${compiler} could not build ${output}:\n${lastLines(outcome, 20)}`);
  };
  // An empty library of the right name is all that the linker needs: it would read 850 MB otherwise.
  for (const library of libraries) await build(join(scratch, library), ['-nostdlib', mac ? `-Wl,-install_name,@rpath/${library}` : `-Wl,-soname,${library}`, '-x', 'c++', '/dev/null']);
  await build(join(runtime, 'tfjs_binding.node'), [
    '-I', sources, '-I', join(runtime, 'tensorflow', 'include'),
    join(sources, 'tfjs_backend.cc'), join(sources, 'tfjs_binding.cc'),
    `-Wl,-rpath,${mac ? '@loader_path' : '$ORIGIN'}/tensorflow`,
    ...(mac ? [] : ['-Wl,--no-as-needed']),
    ...libraries.map((library) => join(scratch, library)),
  ]);
  await build(join(runtime, 'mute.node'), [join(bindings(), 'mute.cc')]);
}

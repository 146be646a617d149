/** Which native TensorFlow is there to be loaded. Looks only at the file system, so that a machine without one loses no time. */
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { manifestFile, runtimeFolder } from './home.ts';

export interface Installation {
  /** Who put it there. */
  origin: 'ibex setup native' | '@tensorflow/tfjs-node-gpu' | '@tensorflow/tfjs-node';
  folder: string;
  /** The N-API addon that links to libtensorflow. */
  binding: string;
}

/** The addon of a tfjs-node package whose own install script has run, as seen from the project or from ibex. */
function findPackage(name: '@tensorflow/tfjs-node-gpu' | '@tensorflow/tfjs-node'): Installation | undefined {
  for (const place of [join(process.cwd(), 'here.js'), import.meta.url]) {
    let folder: string;
    try {
      folder = dirname(createRequire(place).resolve(`${name}/package.json`));
    } catch {
      continue;
    }
    const lib = join(folder, 'lib');
    if (!existsSync(lib)) continue;
    for (const version of readdirSync(lib)) {
      const binding = join(lib, version, 'tfjs_binding.node');
      if (existsSync(binding)) return { origin: name, folder, binding };
    }
  }
  return undefined;
}

/** All installations, in the order in which they are tried. */
export function findInstallations(): Installation[] {
  const folder = runtimeFolder();
  const own: Installation | undefined = existsSync(manifestFile(folder))
    ? { origin: 'ibex setup native', folder, binding: join(folder, 'tfjs_binding.node') }
    : undefined;
  return [own, findPackage('@tensorflow/tfjs-node-gpu'), findPackage('@tensorflow/tfjs-node')].filter((each) => each !== undefined);
}

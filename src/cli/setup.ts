import { didYouMean, ModelError } from '../core/errors.ts';
import { removeNative, setUpNative } from '../runtime/native/setup/install.ts';
import { sayTo } from '../runtime/native/setup/say.ts';
import type { Command } from './ibex.ts';
import { parse } from './parse.ts';

const help = `Usage: npx ibex setup native [--gpu] [--from <python>] | --remove

Sets up native TensorFlow for this user: ibex then computes with it in place of WebAssembly. It takes the TensorFlow of the active
Python environment if that has one, else it downloads TensorFlow's libraries from the Python package index with pip (274 MB). It
needs no root and no compiler, may be broken off and run again, and is shared by all projects.

  --gpu             with CUDA, for NVIDIA GPUs on Linux (3.4 GB to download)
  --from <python>   use the TensorFlow of this Python: --from .venv/bin/python
  --remove          take all of it away again

It lies in $IBEX_HOME, or in a folder "ibex" of the user's cache folder.`;

const where = 'ibex setup';

export const setup: Command = {
  help,
  async run(args) {
    const { values, positionals } = parse(where, args, { gpu: { type: 'boolean' }, remove: { type: 'boolean' }, from: { type: 'string' } });
    const [what, ...more] = positionals;
    if (what === undefined) throw new ModelError(where, 'what to set up? — `npx ibex setup native`');
    if (what !== 'native') throw new ModelError(where, `"${what}" cannot be set up${didYouMean(what, ['native'])}`);
    if (more.length > 0) throw new ModelError(where, `unexpected "${more.join(' ')}" — \`npx ibex help setup\` shows what it takes`);
    if (values.remove && (values.gpu || values.from !== undefined)) throw new ModelError(where, '--remove goes with no other option');
    const say = sayTo((text) => process.stdout.write(text));
    if (values.remove) await removeNative(say);
    else await setUpNative({ gpu: values.gpu ?? false, from: values.from }, say);
    return 0;
  },
};

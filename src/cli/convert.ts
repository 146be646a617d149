import { readdir, stat } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { ModelError } from '../core/errors.ts';
import type { Model } from '../model/model.ts';
import type { Command } from './ibex.ts';
import { parse } from './parse.ts';

const help = `Usage: npx ibex convert <from> <to>

Reads a model, and writes it in another format. The names say which:

  from   x.keras         of Keras 3 or ibex
         x.h5, x.hdf5    a whole model of older Keras
         model.json      of TensorFlow.js (tf.layers), with its files of weights beside it
  to     x.keras         for Keras 3 and ibex, with compilation and optimizer state if <from> has them
         model.json      for TensorFlow.js (tf.layers)
         x.onnx          its predictions, for ONNX Runtime and its likes
         x.weights.h5    its weights alone
         a folder        its predictions as a SavedModel, for TensorFlow

What is there by the name <to> is replaced, once all of it could be read and written. Layers of your own are code, and the
command does not know them: convert such a model in a program, with loadModel(from, { customLayers }) and save or export.`;

const where = 'ibex convert';

/** What a folder is, if it is not a place for a SavedModel. */
async function refuseFolder(from: string): Promise<void> {
  const entry = await stat(from).catch(() => undefined);
  if (!entry?.isDirectory()) return;
  const names = await readdir(from);
  if (names.includes('model.json')) throw new ModelError(where, `${from} is a folder; name the model.json in it`);
  const what = names.includes('saved_model.pb') ? 'a SavedModel, which ibex writes but does not read; save the model as .keras in Keras' : 'a folder; name a file';
  throw new ModelError(where, `${from} is ${what}`);
}

/** Formats that hold a model to go on with; the others hold what it predicts. */
const isSaved = (to: string) => /\.(keras|json|h5|hdf5)$/.test(to);

function refuseTarget(from: string, to: string): void {
  if (resolve(from) === resolve(to)) throw new ModelError(where, `${from} would be written over itself; name another file`);
  const ending = extname(to);
  if (!isSaved(to) && ending.toLowerCase() !== '.onnx' && /^\.[a-z]\w*$/i.test(ending)) throw new ModelError(where, `does not write ${ending} files: <to> ends in .keras, .onnx, .weights.h5 or model.json, or is a folder for a SavedModel`);
}

async function convert(from: string, to: string): Promise<Model> {
  const { loadModel } = await import('../index.ts');
  // What is written has a compilation in .keras files alone, and what is not needed cannot be missing.
  const model = await loadModel(from, { compile: to.endsWith('.keras') ? undefined : false }) as unknown as Model;
  await (isSaved(to) ? model.save(to) : model.export(to));
  return model;
}

export const convertModel: Command = {
  help,
  async run(args) {
    const { positionals: [from, to, ...more] } = parse(where, args, {});
    if (from === undefined || to === undefined) throw new ModelError(where, `${from === undefined ? 'what, and into what?' : `convert ${from} into what?`} — \`npx ibex convert titanic.keras titanic.onnx\``);
    if (more.length > 0) throw new ModelError(where, `unexpected "${more.join(' ')}" — \`npx ibex help convert\` shows what it takes`);
    refuseTarget(from, to);
    await refuseFolder(from);
    // One pass at most: what starts at once is best.
    process.env.IBEX_BACKEND ??= 'wasm';
    try {
      const model = await convert(from, to);
      console.log(`${from} → ${to}: ${model.name}, ${model.countParams().toLocaleString('en')} parameters`);
    } catch (error) {
      if (!(error instanceof ModelError) || !error.message.includes('customLayers')) throw error;
      throw new ModelError(where, `${error.message}. This command knows no layers of your own: convert such a model in a program, and save it there`, { cause: error });
    }
    return 0;
  },
};

/** What an editor shows of options: the compiler leaves comments out of types that it infers, and the build puts them back. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { built } from './cli/program.ts';

/** The comment before an option of a part. */
function commentOn(file: string, part: string, option: string): string | undefined {
  const text = readFileSync(new URL(built(`${file}.d.ts`)), 'utf8');
  const from = text.slice(text.search(new RegExp(`^.*\\b${part}: .*ZodObject<\\{$`, 'm')));
  return new RegExp(`/\\*\\* (.*) \\*/\\n *${option}: `).exec(from)?.[1];
}

it.each([
  ['its own comment', 'layers/rnn', 'rnn', 'cell', 'A cell, as `lstmCell({ units: 8 })` or one of your own (a layer with `states`), or several.'],
  ['that of the options it shares', 'layers/lstm', 'lstm', 'returnSequences', 'Whether to give the outputs of all steps (`[steps, …]`), or that of the last. Default `false`.'],
  ['that of a constant', 'layers/conv', 'conv2d', 'dataFormat', 'Where the channels are: `[…space, channels]` or `[channels, …space]`. Default `\'channelsLast\'`.'],
  ['common words', 'layers/dense', 'dense', 'activation', 'Function of the output: the name of one, a function of tensors, or a layer. Default `\'linear\'`.'],
  ['words for it alone', 'layers/groupNormalization', 'groupNormalization', 'groups', 'Groups of channels, each normalized for itself; -1 is one for each channel. Default `32`.'],
  ['what a callback says', 'src/training/callbacks/earlyStopping', 'options', 'patience', 'Epochs without improvement before training stops. Default `0`.'],
  ['what an optimizer says, in the table of all', 'src/index', 'adafactor', 'epsilon1', 'Added to squared gradients. Default `1e-30`.'],
])('%s', (_, file, part, option, words) => {
  expect(commentOn(file, part, option)).toBe(words);
});

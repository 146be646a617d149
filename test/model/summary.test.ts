import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import { input, model, sequential } from 'ibexjs';
import { add, batchNormalization, conv2d, dense, dropout, flatten, lstm, maxPooling2d } from 'ibexjs/layers';

const tableOf = (net: { summary(options: { print: (line: string) => void }): void }) => {
  const lines: string[] = [];
  net.summary({ print: (line) => lines.push(line) });
  return `\n${lines.join('\n')}\n`;
};

it('a stack', () => {
  const net = sequential([
    input({ shape: [28, 28, 1] }), conv2d({ filters: 32, kernelSize: 3, activation: 'relu' }), maxPooling2d({ poolSize: 2 }), batchNormalization(),
    flatten(), dropout({ rate: 0.5 }), dense({ units: 10, activation: 'softmax', name: 'classes' }),
  ], { name: 'digits' });
  // conv 3·3·1·32 + 32; batch normalization 4·32, half of them moving statistics; dense 13·13·32·10 + 10
  expect(tableOf(net)).toBe(`
Model "digits"
────────────────────────────────────────────────────────────────────────────────────────
Layer (kind)                             Output shape     Parameters  Connected to
────────────────────────────────────────────────────────────────────────────────────────
input (input)                            [?, 28, 28, 1]            0
conv2d (conv2d)                          [?, 26, 26, 32]         320  input
maxPooling2d (maxPooling2d)              [?, 13, 13, 32]           0  conv2d
batchNormalization (batchNormalization)  [?, 13, 13, 32]         128  maxPooling2d
flatten (flatten)                        [?, 5408]                 0  batchNormalization
dropout (dropout)                        [?, 5408]                 0  flatten
classes (dense)                          [?, 10]              54,090  dropout
────────────────────────────────────────────────────────────────────────────────────────
Total parameters: 54,538 (213.04 KB), of which 54,474 trainable and 64 not
`);
});

it('branches, a shared layer, a nested model, several outputs of a layer, frozen weights', () => {
  const x = input({ shape: [null, 3], name: 'words' });
  const [sequence, hidden] = lstm({ units: 4, returnSequences: true, returnState: true })(x);
  const shared = dense({ units: 2 });
  const inner = sequential([dense({ units: 2, trainable: false })], { name: 'inner' });
  const net = model({ inputs: x, outputs: [shared(sequence!), add()([shared(hidden!), inner(hidden!)])] });
  expect(tableOf(net)).toBe(`
Model "model"
───────────────────────────────────────────────────────────────
Layer (kind)        Output shape      Parameters  Connected to
───────────────────────────────────────────────────────────────
words (input)       [?, ?, 3]                  0
lstm (lstm)         [?, ?, 4] [?, 4]         128  words
dense (dense)       [?, ?, 2] [?, 2]          10  lstm, lstm[1]
inner (sequential)  [?, 2]                    10  lstm[1]
add (add)           [?, 2]                     0  dense, inner
───────────────────────────────────────────────────────────────
Total parameters: 148 (592 B), of which 138 trainable and 10 not
`);
});

it('goes to the console unless told otherwise', () => {
  const lines: unknown[] = [];
  const { log } = console;
  console.log = (line: unknown) => void lines.push(line);
  try {
    sequential([input({ shape: [1] }), dense({ units: 1 })]).summary();
  } finally {
    console.log = log;
  }
  expect(lines[0]).toBe('Model "sequential"');
});

it('is what console.log shows', () => {
  const net = sequential([input({ shape: [2] }), dense({ units: 1 })], { name: 'small' });
  expect(`\n${inspect(net)}\n`).toBe(tableOf(net));
  expect(inspect(sequential([dense({ units: 1 })], { name: 'later' }))).toBe('Model "later", whose inputs are not known yet');
  net.dispose();
  expect(inspect(net)).toBe('Model "small", disposed of');
});

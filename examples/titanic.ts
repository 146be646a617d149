/**
 * Who survives the Titanic? Trains a small network on 1,054 passengers, tells how good it is on 263 others, saves it, and
 * lets a fresh process load it and judge three passengers. Run it by `npm start`.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { callbacks, datasets, getBackend, input, loadModel, regularizers, sequential } from 'ibexjs';
import { dense, dropout } from 'ibexjs/layers';
import { momentum } from 'ibexjs/optimizers';
import { confusionMatrix, learningCurve } from './print.ts';

const file = 'titanic.keras';
const passengers = [
  { class: 1, gender: 'male', age: 24, siblings: 0, parents: 1, fare: 247.52 },
  { class: 1, gender: 'female', age: 35, siblings: 1, parents: 0, fare: 53.1 },
  { class: 3, gender: 'male', age: 22, siblings: 1, parents: 0, fare: 7.25 },
] as const;

/** Loads what `train` saved, and asks it. */
async function ask(): Promise<void> {
  const titanic = await datasets.titanic();
  const net = await loadModel(file);
  const chances = net.predict(titanic.encode(...passengers));
  passengers.forEach(({ class: klass, gender, age, siblings, parents, fare }, i) => {
    const chance = chances.dataSync()[i]!;
    console.log(`  class ${klass}, ${gender}, ${age} years, ${siblings} siblings, ${parents} parents, fare £${fare}: ${(100 * chance).toFixed(0)} % — ${chance > 0.5 ? 'survives' : 'dies'}`);
  });
}

async function train(): Promise<void> {
  const titanic = await datasets.titanic();
  console.log(`${titanic.describe()}\n\nEngine: ${getBackend()}\n`);

  const kernelRegularizer = regularizers.l2({ l2: 3e-3 });
  const net = sequential([
    input({ shape: [6] }),
    dense({ units: 16, activation: 'relu', kernelRegularizer }),
    dropout({ rate: 0.2 }),
    dense({ units: 8, activation: 'relu', kernelRegularizer }),
    dense({ units: 1, activation: 'sigmoid' }),
  ], { name: 'titanic', seed: 7 });
  net.summary();
  net.compile({ optimizer: momentum({ learningRate: 0.01 }), loss: 'binaryCrossentropy', metrics: ['accuracy'] });
  const { history } = await net.fit(titanic.train.x, titanic.train.y, {
    epochs: 20, batchSize: 32, validationData: [titanic.test.x, titanic.test.y], callbacks: [callbacks.terminateOnNaN()],
  });

  console.log(`\n${learningCurve(history, ['loss', 'val_loss'])}\n`);
  for (const [part, { x, y }] of Object.entries({ train: titanic.train, test: titanic.test })) {
    const { loss, accuracy } = await net.evaluate(x, y);
    console.log(`${part} accuracy ${(100 * accuracy!).toFixed(1)} %, loss ${loss!.toFixed(3)}`);
  }
  const chances = net.predict(titanic.test.x);
  console.log(`\n${confusionMatrix(titanic.test.y.data, Array.from(chances.dataSync(), (p) => (p > 0.5 ? 1 : 0)), titanic.classNames)}\n`);

  await net.save(file);
  console.log(`Saved ${file}. A fresh process loads it and predicts:`);
  const { status } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), 'ask'], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
}

await (process.argv[2] === 'ask' ? ask() : train());

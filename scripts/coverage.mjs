// `npm run coverage`: writes docs/coverage.md, what ibex has of Keras 3.16 and of tf.layers 4.22, read off the code.
// The names of Keras are those of its API listing, those of tf.layers those that @tensorflow/tfjs-layers exports.
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const names = JSON.parse(readFileSync(new URL('kerasNames.json', import.meta.url), 'utf8'));

const plain = (name) => name.toLowerCase();

/** What ibex calls a Keras class: one export, or several. */
const ours = (table, keras) => Object.entries(table).filter(([kind, make]) => make?.keras?.name === keras || kind === plain(keras)).map(([kind]) => kind);
const callbackNames = { ProgbarLogger: 'progress' };

const rows = (list, find, inTfLayers) => list.map((name) => {
  const found = find(name);
  return `| ${name} | ${found.length ? found.map((each) => `\`${each}\``).join(', ') : '–'} | ${inTfLayers.includes(name) ? 'yes' : '–'} |`;
});

const table = (list, find, inTfLayers) => ['| Keras 3.16 | ibex | tf.layers 4.22 |', '| --- | --- | --- |', ...rows(list, find, inTfLayers)];

/** The page, from the tables of the public exports. */
export function coverage({ layers, optimizers, schedules, losses, metrics, callbacks }) {
  const { tfLayers } = names;
  const byClass = (exported) => (name) => ours(exported, name);
  const byName = (name) => Object.keys(callbacks).filter((each) => plain(each) === plain(callbackNames[name] ?? name));
  const sections = [
    ...Object.entries(names.layers).map(([title, list]) => [`Layers: ${title.toLowerCase()}`, list, byClass(layers), tfLayers.layers]),
    ['Optimizers', names.optimizers, byClass(optimizers), tfLayers.optimizers],
    ['Learning-rate schedules', names.schedules, byClass(schedules), tfLayers.schedules],
    ['Losses', names.losses, byClass(losses), tfLayers.losses],
    ['Metrics', names.metrics, byClass(metrics), tfLayers.metrics],
    ['Callbacks', names.callbacks, byName, tfLayers.callbacks],
  ];
  const has = (list, find) => list.filter((name) => find(name).length > 0).length;
  const groups = [['Layers', sections.filter(([title]) => title.startsWith('Layers'))], ...sections.filter(([title]) => !title.startsWith('Layers')).map((section) => [section[0], [section]])];
  const summary = groups.map(([title, parts]) => {
    const all = parts.flatMap(([, list]) => list).length;
    const mine = parts.reduce((sum, [, list, find]) => sum + has(list, find), 0);
    const theirs = parts.reduce((sum, [, list, , theirList]) => sum + list.filter((name) => theirList.includes(name)).length, 0);
    return `| ${title} | ${all} | ${mine} | ${theirs} |`;
  });
  return [
    '# What ibex has of Keras',
    '',
    'Generated from the code by `npm run coverage`; a test holds it to be true, and another that every layer and optimizer here passes the contract of its kind.',
    'Names of callbacks of tf.layers are those that work in Node.',
    '',
    '| | Keras 3.16 | of these in ibex | in tf.layers 4.22 |', '| --- | ---: | ---: | ---: |', ...summary,
    ...sections.flatMap(([title, list, find, theirs]) => ['', `## ${title}`, '', ...table(list, find, theirs)]),
    '',
  ].join('\n');
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { layers, optimizers, schedules, losses, metrics, callbacks } = await import('../dist/src/index.js');
  writeFileSync(new URL('../docs/coverage.md', import.meta.url), coverage({ layers, optimizers, schedules, losses, metrics, callbacks }));
}

/** Vocabularies that Keras keeps beside config.json, at `assets/layers/…/vocabulary.txt`. ibex writes them into config.json, where Keras reads them as well. */
import { ModelError } from '../../core/errors.ts';
import type { Json, JsonObject } from '../../core/keras.ts';
import type { Hdf5File } from '../hdf5.ts';
import type { ZipMember } from '../zip.ts';
import { groupName } from './case.ts';
import { isObject } from './json.ts';
import { isKerasObject, type KerasObject } from './schema.ts';

export interface Beside { readonly members: ReadonlyMap<string, ZipMember>; readonly weights: Hdf5File; readonly where: string }

const readers: Readonly<Record<string, (line: string) => Json>> = { StringLookup: String, TextVectorization: String, IntegerLookup: Number };

/** One token a line; Keras takes no notice of empty lines at the end. */
function readTokens({ where }: Beside, member: ZipMember, read: (line: string) => Json): readonly Json[] {
  const lines = new TextDecoder().decode(member.bytes()).split(/\r?\n/);
  while (lines.at(-1) === '') lines.pop();
  const tokens = lines.map(read);
  const wrong = tokens.findIndex((token) => typeof token === 'number' && !Number.isSafeInteger(token));
  if (wrong >= 0) throw new ModelError(where, `${member.name} has "${lines[wrong]}" on line ${wrong + 1}, where a whole number of at most 2^53 is expected`);
  return tokens;
}

function fillLayer(object: KerasObject, config: JsonObject, path: string, beside: Beside): KerasObject {
  const read = readers[object.class_name];
  const member = beside.members.get(`assets/${path}/vocabulary.txt`);
  if (!read || !member || (config.vocabulary ?? null) !== null) return object;
  const vocabulary = readTokens(beside, member, read);
  const weights = `${path}/vars/idf_weights`;
  const weighted = config.output_mode === 'tf_idf' && beside.weights.paths().includes(weights);
  // Those of a padded vector go on beyond the vocabulary.
  const idf = weighted ? Array.from(beside.weights.dataset(weights).data as ArrayLike<number>, Number).slice(0, vocabulary.length) : null;
  return { ...object, config: { ...config, vocabulary, ...(idf && { idf_weights: idf }) } };
}

/** Objects in a list, each in a group of its class and a number. */
function fillList(list: readonly unknown[], prefix: string, beside: Beside): readonly Json[] {
  const counts = new Map<string, number>();
  return list.map((each) => {
    if (!isKerasObject(each) || !isObject(each.config)) return each as Json;
    const group = groupName(each.class_name);
    const n = counts.get(group) ?? 0;
    counts.set(group, n + 1);
    return fill(each, `${prefix}/${n === 0 ? group : `${group}_${n}`}`, beside) as unknown as Json;
  });
}

/** What is found for a layer, and for all that it holds: `layers` of a model, the `layer` of a `TimeDistributed`. */
function fill(object: KerasObject, path: string, beside: Beside): KerasObject {
  const config = Object.fromEntries(Object.entries(object.config).map(([key, value]): [string, Json] => {
    if (Array.isArray(value) && value.some(isKerasObject)) return [key, fillList(value, `${path}/${key}`, beside)];
    return [key, isKerasObject(value) && isObject(value.config) ? (fill(value, `${path}/${key}`, beside) as unknown as Json) : value];
  }));
  return fillLayer({ ...object, config }, config, path, beside);
}

/** A model's description with the vocabularies of its layers, and how they weight tokens. */
export function withVocabularies(object: KerasObject, beside: Beside): KerasObject {
  const has = [...beside.members.keys()].some((name) => name.startsWith('assets/'));
  if (!has || !isObject(object.config) || !Array.isArray(object.config.layers)) return object;
  return { ...object, config: { ...object.config, layers: fillList(object.config.layers, 'layers', beside) } };
}

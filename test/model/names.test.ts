import { describe, expect, it } from 'vitest';
import { input, model, sequential } from 'ibexjs';
import { add, concatenate, dense } from 'ibexjs/layers';
import { problemOf } from '../helpers/problem.ts';

describe('names of layers', () => {
  const stack = () => sequential([input({ shape: [2] }), dense({ units: 2 }), dense({ units: 2 }), dense({ units: 2, name: 'own' })]);
  const namesOf = (net: { layers: readonly { name: string }[] }) => net.layers.map(({ name }) => name);

  it('do not depend on what was made before', () => {
    stack();
    expect(namesOf(stack())).toEqual(['dense', 'dense_1', 'own']);
  });

  it('go by the way of the data', () => {
    const x = input({ shape: [2] });
    const late = dense({ units: 2 });
    const early = dense({ units: 2 });
    const net = model({ inputs: x, outputs: late(early(x)) });
    expect(early.name).toBe('dense');
    expect(late.name).toBe('dense_1');
    expect(net.getLayer('dense_1')).toBe(late);
  });

  it('pass over those that are taken', () => {
    const x = input({ shape: [2] });
    const net = model({ inputs: x, outputs: dense({ units: 2 })(dense({ units: 2, name: 'dense' })(x)) });
    expect(namesOf(net)).toEqual(['dense', 'dense_1']);
  });

  it('stay as they are in another model, if they can', () => {
    const net = stack();
    model({ inputs: net.inputs, outputs: dense({ units: 1 })(net.outputOf('dense_1')) });
    expect(namesOf(net)).toEqual(['dense', 'dense_1', 'own']);
  });

  it('differ within each model when two of them meet', () => {
    const [a, b] = [stack(), stack()];
    b.getLayer('own');
    const met = model({ inputs: [a.inputs[0]!, b.inputs[0]!], outputs: concatenate()([a.outputOf('dense'), b.outputOf('dense')]) });
    expect(new Set(namesOf(met)).size).toBe(3);
    expect(new Set(namesOf(a)).size).toBe(3);
    expect(new Set(namesOf(b)).size).toBe(3);
    expect(namesOf(a)).toEqual(['dense', 'dense_1', 'own']);
  });

  it('of nested models are unique, and may be given', () => {
    const x = input({ shape: [2] });
    const net = model({ inputs: x, outputs: add()([stack()(x), stack()(x), sequential([dense({ units: 2 })], { name: 'branch' })(x)]) });
    expect(namesOf(net)).toEqual(['sequential', 'sequential_1', 'branch', 'add']);
  });

  it('that were given are never changed', async () => {
    const [a, b] = [stack(), stack()];
    expect(await problemOf(() => model({ inputs: [a.inputs[0]!, b.inputs[0]!], outputs: add()([a.output, b.output]) })))
      .toBe('model: has two layers named "own"; give one of them another name');
  });

  it('are found again, or the nearest is', async () => {
    const net = stack();
    expect(net.getLayer('own').kind).toBe('dense');
    expect(await problemOf(() => net.getLayer('dense_11'))).toBe('sequential: has no layer "dense_11" — did you mean "dense_1"?');
    expect(await problemOf(() => net.getLayer(0 as never))).toBe('sequential: finds layers by their names, got 0');
    expect(await problemOf(() => net.outputOf(dense({ units: 1, name: 'other' })))).toBe('sequential: has no call of the layer "other"');
  });
});

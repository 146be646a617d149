import { describe, expect, it } from 'vitest';
import { attr, encodeGraph, encodeSavedModel } from '../../../src/runtime/native/record/graph.ts';
import { outputNames, typesOf } from '../../../src/runtime/native/record/ops.ts';
import { float, integer, integers, message, text } from '../../../src/core/protobuf.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

// The first, second and fourth stand in https://protobuf.dev/programming-guides/encoding.
describe('the wire format', () => {
  it.each([
    ['a number', integer(1, 150), '089601'],
    ['a text', text(2, 'testing'), '120774657374696e67'],
    ['a negative number, as 64 bits', integer(1, -2), '08feffffffffffffffff01'],
    ['a message in a message', message(3, integer(1, 150)), '1a03089601'],
    ['numbers in one field', integers(6, [3, 270, 86942]), '3206038e029ea705'],
    ['a float', float(4, 1), '250000803f'],
    ['a field above 15', integer(16, 1), '800101'],
    ['a number above 32 bits', integer(1, 2 ** 35), '08808080808001'],
  ])('%s', (_, bytes, want) => expect(hex(bytes)).toBe(want));

  it('writes an empty list as a list', () => expect(hex(attr.ints([]))).toBe('0a021a00'));

  it('writes a saved model with a node', () => {
    // SavedModel { 1: 1, 2: { 1: { 4: "serve" }, 2: { 1: node, 2: {}, 4: { 1: 1087 } } } }
    expect(hex(encodeSavedModel(encodeGraph({ nodes: [{ name: 'a', op: 'B', inputs: ['c'], attrs: { d: attr.bool(true) } }], functions: [] }))))
      .toBe('0801' + '1226' + '0a07' + '22057365727665' + '121b' + '0a12' + '0a0161' + '120142' + '1a0163' + '2a07' + '0a0164' + '12022801' + '1200' + '220308bf08');
  });
});

describe('the table of operations', () => {
  it('names outputs, and counts those of a list', () => {
    expect([outputNames('MatMul')!(0), outputNames('TopKV2')!(1), outputNames('SplitV')!(2), outputNames('Softmax')!(0)]).toEqual(['product:0', 'indices:0', 'output:2', 'softmax:0']);
  });

  it('leaves out operations with a state', () => expect(outputNames('Multinomial')).toBeUndefined());

  it('says which input has a type', () => {
    expect(typesOf('GatherV2')).toEqual([['Tindices', 1], ['Tparams', 0], ['Taxis', 2]]);
    expect(typesOf('ExpandDims')).toEqual([['T', 0]]);
  });
});

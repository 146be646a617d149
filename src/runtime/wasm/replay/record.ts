/** Records a step on the embedded engine: its kernel calls become a module of WebAssembly, with the loop over batches inside. */
import { changeOf, type ForwardToRecord, type Recorded, type Recorder, type Recording, type Standby, type StepToRecord } from '../../../core/recorder.ts';
import type { Phases } from '../../../core/phases.ts';
import { hostTensor, type Numbers } from '../../../core/hostTensor.ts';
import { tf, type Tensor } from '../../../core/tensor.ts';
import { address, alias, fresh, heap } from '../heap.ts';
import { capture } from './capture.ts';
import { compileProgram, type GatherCall } from './module.ts';
import type { Outcome } from './place.ts';
import { plan } from './program.ts';

const bytesOf = (tensor: Tensor) => tensor.size * (tensor.dtype === 'bool' ? 1 : 4);

/** Fills a tensor of the batch with the rows of the `place`th of the data that the order names. */
const gather = (data: Tensor, batch: Tensor, place: number): GatherCall => ({
  kernel: 'gather',
  values: [{ data: place }, 'rows', address(batch), 1, 1, data.shape[0]!, batch.shape[0]!, tf.util.sizeFromShape(data.shape.slice(1))],
});

/** Working memory, aligned to what a line of the cache holds. */
function allocate(bytes: number): { readonly base: number; free(): void } {
  if (bytes === 0) return { base: 0, free: () => undefined };
  const at = heap.module._malloc(bytes + 64) >>> 0;
  if (at === 0) throw new Error(`The WebAssembly engine has no ${Math.ceil(bytes / 2 ** 20)} MiB of memory left for a step; train with a smaller batchSize.`);
  return { base: (at + 63) & ~63, free: () => heap.module._free(at) };
}

/** A row that was looked up and is not there counted as zeros; eagerly it is an error, and so it is here. */
function refuseMissing(): void {
  if (heap.kernels.missed()) throw new Error('GatherV2: an index value is not among the rows that it looks up');
}

function* record({ state, batch, data, step }: StepToRecord): Phases<Recorded> {
  if ([...batch, ...state].some(({ dtype }) => dtype !== 'float32' && dtype !== 'int32')) return { declined: 'it takes float32 and int32 data only' };
  const captured = capture([...state, ...batch], () => tf.tidy(() => step(state, batch).map((tensor) => tf.keep(tensor)) as Tensor[]), (results) => results);
  const results = captured.result;
  const disposeResults = () => {
    // What the step hands through unchanged is not the recording's.
    for (const tensor of results) if (!state.includes(tensor)) tensor.dispose();
  };
  const declined = captured.declined ?? changeOf(state, results);
  if (declined !== undefined) {
    disposeResults();
    captured.release('all');
    return { declined };
  }
  yield;
  const outcomes = results.map((tensor, i) => ({ from: address(tensor), to: address(state[i]!), bytes: bytesOf(tensor) })).filter(({ from, to }) => from !== to);
  const program = plan(captured, state.map((tensor) => ({ start: address(tensor), bytes: bytesOf(tensor) })), outcomes);
  // Their numbers have new places now. Results that are constants go with the recording.
  const passing = new Set(captured.passing.map(({ start }) => start));
  const constants = results.filter((tensor) => !state.includes(tensor) && !passing.has(address(tensor)));
  for (const tensor of results) if (!state.includes(tensor) && !constants.includes(tensor)) tensor.dispose();
  captured.release('passing');
  // What moves out of one place of the state into another is set aside before anything moves in there.
  const places = new Set(state.map(address));
  const aside = program.placed.left.filter(({ from }) => places.has(from));
  const { base, free } = allocate(program.placed.room + aside.reduce((sum, { bytes }) => sum + bytes, 0));
  let end = base + program.placed.room;
  const moves: Outcome[] = aside.map(({ from, bytes }) => ({ from, to: (end += bytes) - bytes, bytes }));
  const set = new Map(moves.map(({ from, to }) => [from, to]));
  moves.push(...program.placed.left.map(({ from, to, bytes }) => ({ from: set.get(from) ?? program.placed.moved(from, base), to, bytes })));
  const batchSize = batch[0]!.shape[0]!;
  yield;
  const compiled = compileProgram({ gathers: data.map((all, i) => gather(all, batch[i]!, i)), program, moves, batchSize, base });

  let order = 0;
  let room = 0;
  let source = data;
  const recording: Recording = {
    run(rows) {
      if (rows.length > room) {
        if (order) heap.module._free(order);
        room = rows.length;
        order = heap.module._malloc(4 * room) >>> 0;
      }
      new Uint32Array(heap.module.HEAPU8.buffer, order, rows.length).set(rows);
      compiled.run(rows.length / batchSize, order, ...source.map(address));
      refuseMissing();
    },
    from: (other) => void (source = other),
    bytes: end - base,
    dispose() {
      tf.dispose(constants);
      compiled.dispose();
      captured.release('all');
      free();
      if (order) heap.module._free(order);
      order = 0;
      room = 0;
    },
  };
  return { recording };
}

function viewOf(place: number, length: number, dtype: 'float32' | 'int32' | 'bool'): Numbers {
  const { buffer } = heap.module.HEAPU8;
  return dtype === 'float32' ? new Float32Array(buffer, place, length) : dtype === 'int32' ? new Int32Array(buffer, place, length) : new Uint8Array(buffer, place, length);
}

function assign(to: Tensor, from: Tensor): void {
  const start = address(from);
  heap.module.HEAPU8.copyWithin(address(to), start, start + bytesOf(from));
}

function duplicate(tensor: Tensor): Tensor {
  // Another engine may be current by now.
  const copy = tf.engine().makeTensorFromTensorInfo(fresh(tensor.shape, tensor.dtype), heap.backend) as Tensor;
  assign(copy, tensor);
  return copy;
}

function recordForward({ inputs, weights = [], compute }: ForwardToRecord): ReturnType<NonNullable<Recorder['recordForward']>> {
  // Tensors whose disposal is captured: the engine counts them no more, their memory is the recording's.
  const infos = inputs.map(({ shape, dtype }) => fresh(shape, dtype));
  const captured = capture(infos, () => tf.tidy(() => {
    const tensors = infos.map((info) => tf.engine().makeTensorFromTensorInfo(info) as Tensor);
    // What lies in memory by chance is no index, and may be no number.
    for (const tensor of tensors) heap.module.HEAPU8.fill(0, address(tensor), address(tensor) + bytesOf(tensor));
    const outputs = compute(tensors, weights);
    return outputs.map((tensor) => ({ from: address(tensor), shape: tensor.shape, dtype: tensor.dtype, bytes: bytesOf(tensor) })) as never;
  }) as unknown as readonly { readonly from: number; readonly shape: number[]; readonly dtype: 'float32' | 'int32' | 'bool'; readonly bytes: number }[], () => []);
  if (captured.declined !== undefined) {
    captured.release('all');
    return { declined: captured.declined };
  }
  const places = infos.map(address);
  const program = plan(captured, [], captured.result.map(({ from, bytes }) => ({ from, to: 0, bytes })));
  captured.release('passing');
  const { base, free } = allocate(program.placed.room);
  const compiled = compileProgram({ gathers: [], program, moves: [], batchSize: 0, base });
  let seen: Uint8Array | undefined;
  let into: readonly Numbers[] = [];
  let from: readonly Numbers[] = [];
  /** Looks at the places of inputs and results, which go with the heap's array. */
  const look = (bytes: Uint8Array) => {
    seen = bytes;
    into = inputs.map(({ shape, dtype }, i) => viewOf(places[i]!, tf.util.sizeFromShape([...shape]), dtype));
    from = captured.result.map((result) => viewOf(program.placed.moved(result.from, base), tf.util.sizeFromShape(result.shape), result.dtype));
  };
  return {
    recording: {
      run(values) {
        if (seen !== heap.module.HEAPU8) look(heap.module.HEAPU8);
        for (let i = 0; i < into.length; i++) into[i]!.set(values[i]!);
        compiled.run(1, 0);
        refuseMissing();
        const results: Tensor[] = [];
        for (let i = 0; i < from.length; i++) {
          const { shape, dtype } = captured.result[i]!;
          results.push(hostTensor(from[i]!.slice(), shape, dtype));
        }
        return results;
      },
      dispose() {
        compiled.dispose();
        captured.release('all');
        free();
      },
    },
  };
}

const standby: Standby = {
  worthRecording: 2,
  write(to, numbers) {
    heap.module.HEAPU8.set(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength), address(to));
  },
  hide(tensor) {
    // One reference more than tensors hold.
    heap.backend.incRef(tensor.dataId);
    tensor.dispose();
    tf.engine().removeDataId(tensor.dataId, heap.backend);
  },
  view: (hidden) => tf.engine().makeTensorFromTensorInfo(alias(hidden)) as Tensor,
  forget(hidden) {
    heap.backend.disposeData(hidden.dataId, true);
    tf.engine().removeDataId(hidden.dataId, heap.backend);
  },
};

export const recorder: Recorder = { exact: true, record, recordForward, duplicate, assign, standby };

/** Records a step on the embedded engine: its kernel calls become one function of WebAssembly, with the loop over batches inside. */
import type { ForwardToRecord, Recorded, Recorder, Recording, StepToRecord } from '../../../core/recorder.ts';
import { tf, type Tensor } from '../../../core/tensor.ts';
import { address, fresh, heap } from '../heap.ts';
import { capture } from './capture.ts';
import { compileLoop, type GatherCall, type Move } from './module.ts';

const bytesOf = (tensor: Tensor) => tensor.size * (tensor.dtype === 'bool' ? 1 : 4);

/** Fills a tensor of the batch with the rows of the data that the order names. */
const gather = (data: Tensor, batch: Tensor): GatherCall => ({
  kernel: 'gather',
  values: [address(data), 'rows', address(batch), 1, 1, data.shape[0]!, batch.shape[0]!, tf.util.sizeFromShape(data.shape.slice(1))],
});

function record({ state, batch, data, step }: StepToRecord): Recorded {
  if ([...batch, ...state].some(({ dtype }) => dtype !== 'float32' && dtype !== 'int32')) return { declined: 'it takes float32 and int32 data only' };
  const captured = capture([...state, ...batch], () => tf.tidy(() => step(state, batch).map((tensor) => tf.keep(tensor)) as Tensor[]));
  const results = captured.result;
  const dispose = () => {
    // What the step hands through unchanged is not the recording's.
    for (const tensor of results) if (!state.includes(tensor)) tensor.dispose();
    captured.release();
  };
  if (captured.declined !== undefined) {
    dispose();
    return { declined: captured.declined };
  }
  const moves = results.flatMap((tensor, i): Move[] => (tensor === state[i] || address(tensor) === address(state[i]!) ? [] : [{ from: address(tensor), to: address(state[i]!), bytes: bytesOf(tensor) }]));
  // What moves out of one place of the state into another goes before anything moves in there.
  const places = new Set(state.map(address));
  moves.sort((a, b) => Number(places.has(b.from)) - Number(places.has(a.from)));
  const batchSize = batch[0]!.shape[0]!;
  const run = compileLoop({ gathers: data.map((all, i) => gather(all, batch[i]!)), calls: captured.calls, moves, batchSize });

  let order = 0;
  let room = 0;
  const recording: Recording = {
    run(rows) {
      if (rows.length > room) {
        if (order) heap.module._free(order);
        room = rows.length;
        order = heap.module._malloc(4 * room) >>> 0;
      }
      new Uint32Array(heap.module.HEAPU8.buffer, order, rows.length).set(rows);
      run(rows.length / batchSize, order);
    },
    dispose() {
      dispose();
      if (order) heap.module._free(order);
      order = 0;
      room = 0;
    },
  };
  return { recording };
}

function assign(to: Tensor, from: Tensor): void {
  const start = address(from);
  heap.module.HEAPU8.copyWithin(address(to), start, start + bytesOf(from));
}

function duplicate(tensor: Tensor): Tensor {
  const copy = tf.engine().makeTensorFromTensorInfo(fresh(tensor.shape, tensor.dtype)) as Tensor;
  assign(copy, tensor);
  return copy;
}

function recordForward({ inputs, compute }: ForwardToRecord): ReturnType<NonNullable<Recorder['recordForward']>> {
  // Tensors whose disposal is captured: the engine counts them no more, their memory is the recording's.
  const infos = inputs.map(({ shape, dtype }) => fresh(shape, dtype));
  const captured = capture(infos, () => tf.tidy(() => {
    const tensors = infos.map((info) => tf.engine().makeTensorFromTensorInfo(info) as Tensor);
    // What lies in memory by chance is no index, and may be no number.
    for (const tensor of tensors) heap.module.HEAPU8.fill(0, address(tensor), address(tensor) + bytesOf(tensor));
    const outputs = compute(tensors);
    return outputs.map((tensor) => ({ from: address(tensor), shape: tensor.shape, dtype: tensor.dtype, bytes: bytesOf(tensor) })) as never;
  }) as unknown as readonly { readonly from: number; readonly shape: number[]; readonly dtype: 'float32' | 'int32'; readonly bytes: number }[]);
  if (captured.declined !== undefined) {
    captured.release();
    return { declined: captured.declined };
  }
  const places = infos.map(address);
  const run = compileLoop({ gathers: [], calls: captured.calls, moves: [], batchSize: 0 });
  return {
    recording: {
      run(values) {
        const { buffer } = heap.module.HEAPU8;
        values.forEach((each, i) => new (inputs[i]!.dtype === 'int32' ? Int32Array : Float32Array)(buffer, places[i]!, each.length).set(each));
        run(1, 0);
        return captured.result.map(({ from, shape, dtype, bytes }) => {
          const copy = fresh(shape, dtype);
          heap.module.HEAPU8.copyWithin(address(copy), from, from + bytes);
          return tf.engine().makeTensorFromTensorInfo(copy) as Tensor;
        });
      },
      dispose: captured.release,
    },
  };
}

export const recorder: Recorder = { exact: true, record, recordForward, duplicate, assign };

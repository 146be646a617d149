/**
 * The door through which training asks the engine to record a step. A step is a pure function of tensors; an engine that can
 * records it once and replays it as compiled code, one that cannot says why.
 */
import type { Phases } from './phases.ts';
import type { Tensor } from './tensor.ts';

/** A step to record: from state and batch to new state. Both are flat lists. */
export interface StepToRecord {
  /** Tensors that the recording reads its state from and writes it back to, in place. They are its owner's alone. */
  readonly state: readonly Tensor[];
  /** One batch. The recording fills these tensors anew for each step. */
  readonly batch: readonly Tensor[];
  /** All examples: for each tensor of the batch, where its rows come from. They need not stay: see `Recording.from`. */
  readonly data: readonly Tensor[];
  /** How many steps are going to be made, if that is known, with those before that a record might have served: what compiling may cost depends on it. */
  readonly steps?: number | undefined;
  /** New values for `state`, in its order. */
  readonly step: (state: readonly Tensor[], batch: readonly Tensor[]) => readonly Tensor[];
}

export interface Recording {
  /** Runs a step for each `batch size` indices of the order: gathers those rows, replays, leaves the new state in `state`. */
  run(order: Uint32Array): void;
  /** The same without holding up the thread that asks. Engines that cannot leave this and `takesLong` out. */
  runBeside?(order: Uint32Array): Phases<void>;
  /** Whether so many steps take so long that they are better run beside. */
  takesLong?(steps: number): boolean;
  /** Gathers from other data of the same shapes from now on. */
  from(data: readonly Tensor[]): void;
  /** Bytes of working memory that are its own. */
  readonly bytes: number;
  /** Whether so many steps would be recorded in the same way. Engines that have but one may leave it out. */
  suits?(steps: number): boolean;
  /** Whether the same record, which the engine has kept, was found before to compute what its step does. Engines may leave this and `prove` out. */
  readonly proven?: boolean;
  /** Tells that it was. */
  prove?(): void;
  dispose(): void;
}

export type Recorded = { readonly recording: Recording } | { readonly declined: string };

/** Why a step's results cannot be its next state, if they cannot: each has to have the shape and type of what it follows. */
export function changeOf(state: readonly Tensor[], results: readonly { readonly shape: readonly number[]; readonly dtype: string }[]): string | undefined {
  const changed = results.find(({ dtype, shape }, i) => dtype !== state[i]!.dtype || shape.join() !== state[i]!.shape.join());
  return changed && `a part of its state comes out as ${changed.dtype} [${changed.shape.join(', ')}], other than it went in`;
}

/** A computation to record that keeps no state: from inputs to outputs. Whatever else it reads stays as it is. */
export interface ForwardToRecord {
  readonly inputs: readonly { readonly shape: readonly number[]; readonly dtype: 'float32' | 'int32' }[];
  /** Tensors that it reads besides: engines may let it compute with copies of them. */
  readonly weights?: readonly Tensor[];
  readonly compute: (inputs: readonly Tensor[], weights: readonly Tensor[]) => readonly Tensor[];
}

export interface ForwardRecording {
  /** Outputs for inputs in row-major order; the caller owns them. */
  run(inputs: readonly ArrayLike<number>[]): readonly Tensor[];
  dispose(): void;
}

/** What an engine offers to recordings that wait: from batch to batch where these come one by one, or from one fit to the next. */
export interface Standby {
  /** The how manyth batch of a shape is the first that is worth a recording, if nobody knows how many come. */
  readonly worthRecording: number;
  /** Overwrites a tensor's numbers, from the first on, with others of its type. What lies behind them no longer counts. */
  write(to: Tensor, numbers: Float32Array | Int32Array | Uint8Array): void;
  /** Keeps a tensor's numbers but not the tensor, so that nobody counts it; `assign`, `duplicate` and `write` take it as ever. */
  hide(tensor: Tensor): void;
  /** A tensor of hidden numbers, to be disposed of. */
  view(hidden: Tensor): Tensor;
  /** Gives hidden numbers back. */
  forget(hidden: Tensor): void;
}

export interface Recorder {
  /** Whether a recording computes to the last bit what its step does one operation after another; else sums may be in another order. */
  readonly exact: boolean;
  /** Records a step by running it once, in the first phase, or once more where the first way to record it fails; the state is as it was before. */
  record(step: StepToRecord): Phases<Recorded>;
  /** Records a computation by running it once. Engines may leave this out. */
  recordForward?(forward: ForwardToRecord): { readonly recording: ForwardRecording } | { readonly declined: string };
  /**
   * Computes eagerly what follows from inputs, in phases: the tensors that `compute` gives back have their numbers after the last one. Engines that cannot leave this out.
   * @param compute - is called in the first phase
   */
  inPhases?(inputs: readonly Tensor[], compute: () => readonly Tensor[]): Phases<readonly Tensor[]>;
  readonly standby: Standby;
  /** A tensor with memory of its own: `tf.clone` shares it. */
  duplicate(tensor: Tensor): Tensor;
  /** Overwrites the numbers of a tensor that `duplicate` made with those of another of its shape. */
  assign(to: Tensor, from: Tensor): void;
}

const recorders = new Map<string, Recorder>();

/** An engine offers its recorder, by the name of its backend in tfjs. */
export const offerRecorder = (backend: string, recorder: Recorder): void => void recorders.set(backend, recorder);
export const recorderOf = (backend: string): Recorder | undefined => recorders.get(backend);

let switches = 0;
/** To be told when another engine begins to compute: tensors may move to it, and so leave the places that recordings know. */
export const engineSwitched = (): void => void switches++;
/** How often it did. What was recorded before another time may no longer hold. */
export const timesSwitched = (): number => switches;

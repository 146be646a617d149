/** One row for each export of `optimizers/index.ts`. */

/** Options with which an optimizer comes down the quadratic, and where it stands after one and two batches in the bowl of `y = x²/2`, from 1. */
export interface OptimizerRow { readonly options: Readonly<Record<string, unknown>>; readonly first: number; readonly second: number }

// By hand. The gradient is the weight itself: g₁ = 1, g₂ = w₁.
export const optimizers: Readonly<Record<string, OptimizerRow>> = {
  // w − 0.1 g
  sgd: { options: { learningRate: 0.1 }, first: 0.9, second: 0.81 },
  // v = −0.1; then 0.9 · (−0.1) − 0.1 · 0.9 = −0.18
  momentum: { options: { learningRate: 0.1 }, first: 0.9, second: 0.72 },
  // 1 − 0.1; then m̂ = (0.09 + 0.1 · 0.9) / 0.19, v̂ = (0.000999 + 0.001 · 0.81) / 0.001999
  adam: { options: { learningRate: 0.1 }, first: 0.9, second: 0.9 - (0.1 * (0.18 / 0.19)) / Math.sqrt(0.001809 / 0.001999) },
  // The weight decays by 0.1 · 0.5 of itself first.
  adamW: { options: { learningRate: 0.1, weightDecay: 0.5 }, first: 0.85, second: 0.85 * 0.95 - (0.1 * (0.175 / 0.19)) / Math.sqrt((0.000999 + 0.001 * 0.85 ** 2) / 0.001999) },
  // u = max(0.999, 0.9)
  adamax: { options: { learningRate: 0.1 }, first: 0.9, second: 0.9 - (0.1 * (0.18 / 0.19)) / 0.999 },
  // μₜ = 0.9 (1 − 0.96ᵗ / 2): 0.468, 0.48528, 0.5018688. m̂ = μₜ₊₁ m / (1 − μ₁…μₜ₊₁) + (1 − μₜ) g / (1 − μ₁…μₜ)
  nadam: {
    options: { learningRate: 0.1 },
    first: 1 - 0.1 * ((0.48528 * 0.1) / (1 - 0.468 * 0.48528) + 1),
    second: 0.8937209 - (0.1 * ((0.5018688 * (0.09 + 0.1 * 0.8937209)) / (1 - 0.468 * 0.48528 * 0.5018688) + ((1 - 0.48528) * 0.8937209) / (1 - 0.468 * 0.48528)))
      / Math.sqrt((0.000999 + 0.001 * 0.8937209 ** 2) / 0.001999),
  },
  // v = 0.1, then 0.09 + 0.1 · w²
  rmsprop: { options: { learningRate: 0.1 }, first: 1 - 0.1 / Math.sqrt(0.1), second: 0.68377223 - 0.068377223 / Math.sqrt(0.09 + 0.1 * 0.68377223 ** 2) },
  // The sum starts at 0.1.
  adagrad: { options: { learningRate: 0.2 }, first: 1 - 0.2 / Math.sqrt(1.1), second: 0.80930748 - (0.2 * 0.80930748) / Math.sqrt(1.1 + 0.80930748 ** 2) },
  // d = √(0.01 / (0.5 + 0.01)); then √((d²/2 + 0.01) / (0.25 + w²/2 + 0.01)) · w
  adadelta: {
    options: { learningRate: 1, rho: 0.5, epsilon: 0.01 },
    first: 1 - Math.sqrt(0.01 / 0.51),
    second: 0.85997197 - 0.85997197 * Math.sqrt((0.01 / 1.02 + 0.01) / (0.26 + 0.85997197 ** 2 / 2)),
  },
  // z = g − (√1.1 − √0.1) / 0.5 · w, then w = −0.5 z / √1.1
  ftrl: {
    options: { learningRate: 0.5 },
    first: -0.5 * (1 - 2 * (Math.sqrt(1.1) - Math.sqrt(0.1))) / Math.sqrt(1.1),
    second: 0.22175728 - 0.5 * 0.22175728 / Math.sqrt(1.1 + 0.22175728 ** 2),
  },
  // Signs only.
  lion: { options: { learningRate: 0.05 }, first: 0.95, second: 0.9 },
  // One element: g / √v = 1; the step is the rate times the weight's size. v = 1, then 1 + (w² − 1) · 2^−0.8
  adafactor: { options: { learningRate: 0.1 }, first: 0.9, second: 0.9 - 0.09 * Math.min(1, 0.9 / Math.sqrt(1 + (0.81 - 1) * 2 ** -0.8)) },
  // One element: Adam's direction has the length 1 after division by its norm, so that the step is the rate times the weight.
  lamb: { options: { learningRate: 0.1 }, first: 0.9, second: 0.81 },
  // No matrix: AdamW with a decay of 0.004.
  muon: { options: { learningRate: 0.1 }, first: 0.9996 - 0.1, second: 0.8996 * 0.9996 - (0.1 * ((0.09 + 0.1 * 0.8996) / 0.19)) / Math.sqrt((0.000999 + 0.001 * 0.8996 ** 2) / 0.001999) },
  // z goes to 0.9, the mean of all z is 0.9. Then z − 0.1 w / √v̂, whose share in the mean is a half.
  scheduleFreeAdamW: {
    options: { learningRate: 0.1 },
    first: 0.9,
    second: 0.1 * (0.9 - 0.09 / Math.sqrt(0.001809 / 0.001999)) + 0.9 * (0.9 - 0.045 / Math.sqrt(0.001809 / 0.001999)),
  },
};

/** Options of a schedule, and rates by hand. */
export interface ScheduleRow { readonly options: Readonly<Record<string, unknown>>; readonly rates: Readonly<Record<number, number>> }

export const schedules: Readonly<Record<string, ScheduleRow>> = {
  exponentialDecay: { options: { initialLearningRate: 0.8, decaySteps: 10, decayRate: 0.25 }, rates: { 0: 0.8, 5: 0.4, 10: 0.2, 20: 0.05 } },
  inverseTimeDecay: { options: { initialLearningRate: 0.8, decaySteps: 10, decayRate: 1 }, rates: { 0: 0.8, 10: 0.4, 30: 0.2 } },
  piecewiseConstantDecay: { options: { boundaries: [5, 9], values: [0.3, 0.2, 0.1] }, rates: { 0: 0.3, 5: 0.3, 6: 0.2, 9: 0.2, 10: 0.1, 1000: 0.1 } },
  polynomialDecay: { options: { initialLearningRate: 0.9, decaySteps: 10, endLearningRate: 0.1, power: 2 }, rates: { 0: 0.9, 5: 0.3, 10: 0.1, 15: 0.1 } },
  cosineDecay: { options: { initialLearningRate: 0.8, decaySteps: 10, alpha: 0.5 }, rates: { 0: 0.8, 5: 0.6, 10: 0.4, 15: 0.4 } },
  // Periods of 10 and 30 steps, the second from half the rate.
  cosineDecayRestarts: { options: { initialLearningRate: 0.8, firstDecaySteps: 10, tMul: 3, mMul: 0.5 }, rates: { 0: 0.8, 5: 0.4, 10: 0.4, 25: 0.2, 39: 0.2 * (1 + Math.cos((29 / 30) * Math.PI)) } },
  warmup: { options: { schedule: 0.8, steps: 4 }, rates: { 0: 0, 1: 0.2, 3: 0.6, 4: 0.8, 100: 0.8 } },
};

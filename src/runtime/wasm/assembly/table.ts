// The coefficients of the elementary functions, four times each, in the heap. (V8 makes a vector constant in four instructions, anew at each
// use; loading it takes one.)

/** Where a function's coefficients begin. Their order is that of `writeTable`. */
@inline export const EXPONENTIAL: usize = 0;
@inline export const LOGARITHM: usize = 12;
@inline export const TURN: usize = 27;
@inline export const TANGENT: usize = 34;
@inline export const LOGISTIC: usize = 47;
@inline export const ERROR: usize = 61;

/** Bytes that the table takes. */
@inline export const tableBytes: usize = 74 << 4;

let table: usize = 0;
let next: usize = 0;

/** The table's address, to be read once before a loop. */
@inline
export function tableAddress(): usize {
  return table;
}

/** The i-th constant from a function's first one on. */
@inline
export function constant(t: usize, first: usize, i: usize): v128 {
  return v128.load(t + ((first + i) << 4));
}

function put(value: f32): void {
  v128.store(table + next, f32x4.splat(value));
  next += 16;
}

function putInteger(value: i32): void {
  v128.store(table + next, i32x4.splat(value));
  next += 16;
}

function again(i: usize, factor: f32): void {
  put(load<f32>(table + (i << 4)) * factor);
}

/** `count` coefficients again for half the argument; `factor`: the first one's. */
function scaled(first: usize, count: usize, factor: f32): void {
  for (let i: usize = 0; i < count; i++) {
    again(first + i, factor);
    factor *= 4;
  }
}

/** Writes the table to an address. */
export function writeTable(address: usize): void {
  table = address;
  next = 0;
  // EXPONENTIAL: log₂ e; 1.5 · 2²³; ln 2 in two parts; Cephes's polynomial for (eʳ - 1 - r) / r²; the exponent's bias; where eˣ is no longer normal.
  put(1.44269504088896341);
  put(12582912);
  put(-0.693359375);
  put(2.12194440e-4);
  put(1.9875691500e-4);
  put(1.3981999507e-3);
  put(8.3334519073e-3);
  put(4.1665795894e-2);
  put(1.6666665459e-1);
  put(5.0000001201e-1);
  putInteger(127);
  put(-87.33);
  // LOGARITHM: the smallest normal number; 2²³; √½ as an integer; the mantissa's bits; Cephes's polynomial for (ln(1 + m) - m + m²/2) / m³; ln 2 in two parts.
  put(1.17549435e-38);
  put(8388608);
  putInteger(0x3f3504f3);
  putInteger(0x7fffff);
  put(7.0376836292e-2);
  put(-1.1514610310e-1);
  put(1.1676998740e-1);
  put(-1.2420140846e-1);
  put(1.4249322787e-1);
  put(-1.6668057665e-1);
  put(2.0000714765e-1);
  put(-2.4999993993e-1);
  put(3.3333331174e-1);
  put(-2.12194440e-4);
  put(0.693359375);
  // TURN: Cephes's polynomials for the sine and the cosine of an eighth of a turn.
  put(-1.9515295891e-4);
  put(8.3321608736e-3);
  put(-1.6666654611e-1);
  put(2.443315711809948e-5);
  put(-1.388731625493765e-3);
  put(4.166664568298827e-2);
  put(0.5);
  // TANGENT: where tanh is 1; Eigen's rational approximation, numerator and denominator.
  put(7.90531110763549805);
  put(-2.76076847742355e-16);
  put(2.00018790482477e-13);
  put(-8.60467152213735e-11);
  put(5.12229709037114e-08);
  put(1.48572235717979e-05);
  put(6.37261928875436e-04);
  put(4.89352455891786e-03);
  put(1.19825839466702e-06);
  put(1.18534705686654e-04);
  put(2.26843463243900e-03);
  put(4.89352518554385e-03);
  put(-7.90531110763549805);
  // LOGISTIC: TANGENT's for half of tanh (x / 2), where only powers of two change; a half.
  again(TANGENT, 2);
  scaled(TANGENT + 1, 7, 0.00006103515625);
  scaled(TANGENT + 8, 4, 0.015625);
  again(TANGENT + 12, 2);
  put(0.5);
  // ERROR: where erf is 1; Eigen's rational approximation, numerator and denominator.
  put(4);
  put(-2.72614225801306e-10);
  put(2.77068142495902e-08);
  put(-2.10102402082508e-06);
  put(-5.69250639462346e-05);
  put(-7.34990630326855e-04);
  put(-2.95459980854025e-03);
  put(-1.60960333262415e-02);
  put(-1.45660718464996e-05);
  put(-2.13374055278905e-04);
  put(-1.68282697438203e-03);
  put(-7.37332916720468e-03);
  put(-1.42647390514189e-02);
}

// A function for the rows of each operation, as V8's better register allocator does not take functions as large as all of them together.
import {
  ADD, DIVIDE, DIVIDE_NO_NAN, ELU_GRADIENT, EQUAL, FLOOR_DIVIDE, GREATER, GREATER_EQUAL, LESS, LESS_EQUAL, MAXIMUM, MINIMUM, MULTIPLY, NOT_EQUAL, PARAMETRIC_RELU,
  POWER, SQUARED_DIFFERENCE, SUBTRACT,
} from './operations';
import { FLOATS, FLOAT_TESTS, INTEGERS, INTEGER_TESTS, row } from './row';

function sumRow(a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  row(FLOATS, ADD, a, aMoves, b, bMoves, y, n);
}

function differenceRow(a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  row(FLOATS, SUBTRACT, a, aMoves, b, bMoves, y, n);
}

function productRow(a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  row(FLOATS, MULTIPLY, a, aMoves, b, bMoves, y, n);
}

function ratioRow(a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  row(FLOATS, DIVIDE, a, aMoves, b, bMoves, y, n);
}

function maximumRow(a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  row(FLOATS, MAXIMUM, a, aMoves, b, bMoves, y, n);
}

function minimumRow(a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  row(FLOATS, MINIMUM, a, aMoves, b, bMoves, y, n);
}

function squaredDifferenceRow(a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  row(FLOATS, SQUARED_DIFFERENCE, a, aMoves, b, bMoves, y, n);
}

function ratioOr0Row(a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  row(FLOATS, DIVIDE_NO_NAN, a, aMoves, b, bMoves, y, n);
}

function parametricReluRow(a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  row(FLOATS, PARAMETRIC_RELU, a, aMoves, b, bMoves, y, n);
}

function eluGradientRow(a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  row(FLOATS, ELU_GRADIENT, a, aMoves, b, bMoves, y, n);
}

function powerRow(a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  row(FLOATS, POWER, a, aMoves, b, bMoves, y, n);
}

function floorQuotientRow(a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  row(FLOATS, FLOOR_DIVIDE, a, aMoves, b, bMoves, y, n);
}

function floorQuotientIntegerRow(a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  row(INTEGERS, FLOOR_DIVIDE, a, aMoves, b, bMoves, y, n);
}

function sumIntegerRow(a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  row(INTEGERS, ADD, a, aMoves, b, bMoves, y, n);
}

function differenceIntegerRow(a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  row(INTEGERS, SUBTRACT, a, aMoves, b, bMoves, y, n);
}

function productIntegerRow(a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  row(INTEGERS, MULTIPLY, a, aMoves, b, bMoves, y, n);
}

function maximumIntegerRow(a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  row(INTEGERS, MAXIMUM, a, aMoves, b, bMoves, y, n);
}

function minimumIntegerRow(a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  row(INTEGERS, MINIMUM, a, aMoves, b, bMoves, y, n);
}

function equalRow(a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  row(FLOAT_TESTS, EQUAL, a, aMoves, b, bMoves, y, n);
}

function notEqualRow(a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  row(FLOAT_TESTS, NOT_EQUAL, a, aMoves, b, bMoves, y, n);
}

function lessRow(a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  row(FLOAT_TESTS, LESS, a, aMoves, b, bMoves, y, n);
}

function lessEqualRow(a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  row(FLOAT_TESTS, LESS_EQUAL, a, aMoves, b, bMoves, y, n);
}

function greaterRow(a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  row(FLOAT_TESTS, GREATER, a, aMoves, b, bMoves, y, n);
}

function greaterEqualRow(a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  row(FLOAT_TESTS, GREATER_EQUAL, a, aMoves, b, bMoves, y, n);
}

function equalIntegerRow(a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  row(INTEGER_TESTS, EQUAL, a, aMoves, b, bMoves, y, n);
}

function notEqualIntegerRow(a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  row(INTEGER_TESTS, NOT_EQUAL, a, aMoves, b, bMoves, y, n);
}

function lessIntegerRow(a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  row(INTEGER_TESTS, LESS, a, aMoves, b, bMoves, y, n);
}

function lessEqualIntegerRow(a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  row(INTEGER_TESTS, LESS_EQUAL, a, aMoves, b, bMoves, y, n);
}

function greaterIntegerRow(a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  row(INTEGER_TESTS, GREATER, a, aMoves, b, bMoves, y, n);
}

function greaterEqualIntegerRow(a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  row(INTEGER_TESTS, GREATER_EQUAL, a, aMoves, b, bMoves, y, n);
}

export function floatRow(operation: i32, a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  switch (operation) {
    case ADD: return sumRow(a, aMoves, b, bMoves, y, n);
    case SUBTRACT: return differenceRow(a, aMoves, b, bMoves, y, n);
    case MULTIPLY: return productRow(a, aMoves, b, bMoves, y, n);
    case DIVIDE: return ratioRow(a, aMoves, b, bMoves, y, n);
    case MAXIMUM: return maximumRow(a, aMoves, b, bMoves, y, n);
    case MINIMUM: return minimumRow(a, aMoves, b, bMoves, y, n);
    case SQUARED_DIFFERENCE: return squaredDifferenceRow(a, aMoves, b, bMoves, y, n);
    case DIVIDE_NO_NAN: return ratioOr0Row(a, aMoves, b, bMoves, y, n);
    case PARAMETRIC_RELU: return parametricReluRow(a, aMoves, b, bMoves, y, n);
    case ELU_GRADIENT: return eluGradientRow(a, aMoves, b, bMoves, y, n);
    case POWER: return powerRow(a, aMoves, b, bMoves, y, n);
    case FLOOR_DIVIDE: return floorQuotientRow(a, aMoves, b, bMoves, y, n);
  }
}

export function integerRow(operation: i32, a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  switch (operation) {
    case ADD: return sumIntegerRow(a, aMoves, b, bMoves, y, n);
    case SUBTRACT: return differenceIntegerRow(a, aMoves, b, bMoves, y, n);
    case MULTIPLY: return productIntegerRow(a, aMoves, b, bMoves, y, n);
    case MAXIMUM: return maximumIntegerRow(a, aMoves, b, bMoves, y, n);
    case MINIMUM: return minimumIntegerRow(a, aMoves, b, bMoves, y, n);
    case FLOOR_DIVIDE: return floorQuotientIntegerRow(a, aMoves, b, bMoves, y, n);
  }
}

export function floatTestRow(operation: i32, a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  switch (operation) {
    case EQUAL: return equalRow(a, aMoves, b, bMoves, y, n);
    case NOT_EQUAL: return notEqualRow(a, aMoves, b, bMoves, y, n);
    case LESS: return lessRow(a, aMoves, b, bMoves, y, n);
    case LESS_EQUAL: return lessEqualRow(a, aMoves, b, bMoves, y, n);
    case GREATER: return greaterRow(a, aMoves, b, bMoves, y, n);
    case GREATER_EQUAL: return greaterEqualRow(a, aMoves, b, bMoves, y, n);
  }
}

export function integerTestRow(operation: i32, a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  switch (operation) {
    case EQUAL: return equalIntegerRow(a, aMoves, b, bMoves, y, n);
    case NOT_EQUAL: return notEqualIntegerRow(a, aMoves, b, bMoves, y, n);
    case LESS: return lessIntegerRow(a, aMoves, b, bMoves, y, n);
    case LESS_EQUAL: return lessEqualIntegerRow(a, aMoves, b, bMoves, y, n);
    case GREATER: return greaterIntegerRow(a, aMoves, b, bMoves, y, n);
    case GREATER_EQUAL: return greaterEqualIntegerRow(a, aMoves, b, bMoves, y, n);
  }
}

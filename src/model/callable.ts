/** A function object whose prototype is that of a class: `encoder(x)` and `encoder.predict(x)` alike. */
export abstract class Callable {
  constructor(call: (...given: never[]) => unknown) {
    return Object.setPrototypeOf(call, new.target.prototype) as this;
  }
}

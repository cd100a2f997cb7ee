/** A value that is here, or will be: what is here is used at once, so that one process never waits for itself. */
export type Soon<T> = T | Promise<T>;

export function andThen<T, U>(value: Soon<T>, next: (value: T) => Soon<U>): Soon<U> {
  return value instanceof Promise ? value.then(next) : next(value);
}

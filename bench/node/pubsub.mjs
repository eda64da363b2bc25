// An in-memory pub/sub of async iterators, as graphql-subscriptions has it: what comes while nobody asks is queued. That
// package's own is compiled to old generators and makes a promise for each value pushed, which costs some per cent.
export class PubSub {
  #channels = new Map();

  publish(name, value) {
    for (const subscriber of this.#channels.get(name) ?? []) subscriber.push(value);
  }

  subscribe(name) {
    const subscribers = this.#channels.get(name) ?? new Set();
    this.#channels.set(name, subscribers);
    const subscriber = new Subscriber(() => subscribers.delete(subscriber));
    subscribers.add(subscriber);
    return subscriber;
  }
}

class Subscriber {
  #values = [];
  #waiting = [];
  #leave;

  constructor(leave) {
    this.#leave = leave;
  }

  push(value) {
    const resolve = this.#waiting.shift();
    if (resolve) resolve({ value, done: false });
    else this.#values.push(value);
  }

  next() {
    if (this.#values.length) return Promise.resolve({ value: this.#values.shift(), done: false });
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  return() {
    this.#leave();
    for (const resolve of this.#waiting.splice(0)) resolve({ value: undefined, done: true });
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator]() {
    return this;
  }
}

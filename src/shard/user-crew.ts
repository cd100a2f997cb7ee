/**
 * User crew: the users behind the VUs of one executor, made when first needed.
 *
 * A VU that iterates again after it was retired is a new user, while the one before may still be closing its session. That
 * one is kept until it has, so that nothing is left open at the end of the run.
 */
import type { User, UserContext } from './user.js';

export class UserCrew {
  readonly #create: (vu: number, context: UserContext) => User;
  readonly #context: () => UserContext;
  readonly #users = new Map<number, User>();
  readonly #retired = new Set<number>();
  /** Of VUs that came back. */
  #former: User[] = [];

  constructor(create: (vu: number, context: UserContext) => User, context: () => UserContext) {
    this.#create = create;
    this.#context = context;
  }

  /** The user that is to iterate as this VU. */
  of(vu: number): User {
    const known = this.#users.get(vu);
    if (known !== undefined && !this.#retired.has(vu)) return known;
    if (known !== undefined) this.#former = [...this.#former.filter(isOpen), known];
    this.#retired.delete(vu);
    const user = this.#create(vu, this.#context());
    this.#users.set(vu, user);
    return user;
  }

  /** undefined: it has never iterated. */
  find(vu: number): User | undefined {
    return this.#users.get(vu);
  }

  retire(vu: number): void {
    // One that came back may be sent away before it iterates.
    if (this.#retired.has(vu)) return;
    this.#users.get(vu)?.retire();
    this.#retired.add(vu);
  }

  /** Everybody, retired ones too. */
  all(): readonly User[] {
    return [...this.#users.values(), ...this.#former];
  }
}

function isOpen({ hasSession }: User): boolean {
  return hasSession;
}

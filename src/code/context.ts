/**
 * What a function of scenario code is told about a message: its place in the run, and draws that are the same in every run
 * with this seed.
 *
 * Each function has a sequence of its own, so that one more `random()` in `message` changes no recipient; a draw with a name
 * is the same in all of them.
 */
import type { Draw } from '../scenario/draw.js';
import type { EnvelopeContext } from './define-scenario.js';

/** Purposes of the draws made here: from these on for each call of random(), and above 2³⁰ by name. */
export const DRAW_ENVELOPE_CODE = 3_000_000;
export const DRAW_MESSAGE_CODE = 4_000_000;
export const DRAW_PACING_CODE = 5_000_000;
const DRAW_NAMED = 0x4000_0000;
const MAX_DRAWS = 1_000_000;

/** What is the same for all messages of a run. */
export interface RunFacts {
  readonly draw: Draw;
  /** Names of the scenarios, in their order: message numbers go round them. */
  readonly scenarios: readonly string[];
  /** What setup returned. */
  readonly data: unknown;
}

export class CodeContext implements EnvelopeContext {
  readonly number: number;
  readonly data: unknown;
  /** These two may be taken out of the context: `({ random }) => …`. */
  readonly random: () => number;
  readonly draw: (name: string) => number;
  readonly #facts: RunFacts;

  /** `purpose`: of the first draw. */
  constructor(number: number, facts: RunFacts, purpose: number) {
    this.number = number;
    this.data = facts.data;
    this.#facts = facts;
    let draws = 0;
    this.random = () => facts.draw(number, purpose + (draws++ % MAX_DRAWS));
    this.draw = (name) => facts.draw(number, DRAW_NAMED + (digestOf(String(name)) & 0x3fff_ffff));
  }

  get index(): number {
    return Math.floor(this.number / this.#facts.scenarios.length);
  }

  get scenario(): string {
    return this.#facts.scenarios[this.number % this.#facts.scenarios.length] as string;
  }
}

/** FNV-1a. */
function digestOf(text: string): number {
  let digest = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    digest = Math.imul(digest ^ text.charCodeAt(at), 0x01000193);
  }
  return digest;
}

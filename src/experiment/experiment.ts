/** Experiment: what is compared, and how, as plain data. */
import type { Measure } from '../compare/measure.js';
import type { LoadedScenario } from '../scenario/load-scenario.js';

export interface Experiment {
  readonly name: string;
  /** What its paths are relative to, and where its commands are run. */
  readonly folder: string;
  readonly rounds: number;
  readonly seed: number;
  readonly primaries: readonly Measure[];
  readonly marginOf: (measure: Measure) => number;
  /** null: see run/trial.ts. */
  readonly drained: string | null;
  readonly drainWithinMs: number;
  readonly readyWithinMs: number;
  /** The first is the baseline. */
  readonly variants: readonly Variant[];
  /** Of the words, in hex: an experiment goes on only as the same. */
  readonly digest: string;
  readonly warnings: readonly string[];
}

export interface Variant {
  readonly name: string;
  /** Shell commands; null: none. */
  readonly prepare: string | null;
  readonly ready: string | null;
  readonly conclude: string | null;
  /** Its scenario with the seed of a round. */
  readonly load: (seed: number) => Promise<LoadedScenario>;
}

/**
 * Noise floors: how far runs of the same server lie apart on a host, as experiments with the same variant twice have found, in
 * OUT/noise-floors.json. Later comparisons quote them.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writeAtomically } from './atomic-file.js';
import { readReport } from './read-strictly.js';

export const NOISE_FLOOR_FILE = 'noise-floors.json';

export const noiseFloorSchema = z.strictObject({
  host: z.string(),
  /** Of the scenario or experiment. */
  name: z.string(),
  /** ISO 8601, UTC. */
  at: z.string(),
  rounds: z.int().positive(),
  /** The smallest change that so many rounds would have seen four times in five; null: too few rounds. */
  rows: z.array(z.strictObject({ metric: z.string(), unit: z.string(), mdePct: z.number().nullable() })),
});

const fileSchema = z.strictObject({ v: z.literal(1), floors: z.array(noiseFloorSchema) });

export type NoiseFloor = z.infer<typeof noiseFloorSchema>;

/** Replaces that of the same host and name. @throws UsageError, EnvironmentError */
export function saveNoiseFloor(out: string, floor: NoiseFloor): void {
  const others = readAll(out).filter(({ host, name }) => host !== floor.host || name !== floor.name);
  const text = JSON.stringify({ v: 1, floors: [...others, floor] }, null, 2);
  writeAtomically(join(out, NOISE_FLOOR_FILE), `${text}\n`);
}

/** null: nobody has measured it. @throws UsageError REPORT_UNREADABLE */
export function noiseFloorOf(out: string, host: string, name: string): NoiseFloor | null {
  return readAll(out).find((floor) => floor.host === host && floor.name === name) ?? null;
}

function readAll(out: string): readonly NoiseFloor[] {
  const path = join(out, NOISE_FLOOR_FILE);
  return existsSync(path) ? readReport(path, fileSchema).floors : [];
}

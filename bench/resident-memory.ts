import { readFileSync } from 'node:fs';

/** Resident set of a process, MiB; null when it is gone. */
export function residentMib(pid: number): number | null {
  try {
    const match = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
    return match === null ? null : Number(match[1]) / 1024;
  } catch {
    return null;
  }
}

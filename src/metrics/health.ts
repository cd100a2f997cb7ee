/**
 * Health verdict: whether the generator was fit to judge the server. One function, pure.
 *
 * `degraded` warns, `invalid` refuses the verdict (exit 120). Utilisation is the event loop's active time less the
 * pacer's polling, because polling fills the loop; CPU wait is time the thread could have run and did not, because
 * utilisation is blind to a CPU taken away. Every reason says what to do.
 */
import type { SourceHealth } from './accumulator.js';

export interface HealthInput {
  /** By source: `shard-0`, …; `sink` is the embedded target. */
  readonly sources: ReadonlyMap<string, SourceHealth>;
  /** Whether any executor is open (arrival rates); else all are closed. */
  readonly loadModel: 'open' | 'closed';
  readonly scheduled: number;
  readonly started: number;
  readonly dropped: number;
  /** Of arrivals; null when there were none. */
  readonly latenessMs: { readonly p50: number; readonly p99: number; readonly max: number } | null;
  /** Median response time; null when no message ended. */
  readonly medianMessageMs: number | null;
  readonly faults: Readonly<Record<string, number>>;
}

export type HealthVerdict = 'ok' | 'degraded' | 'invalid';

export const LIMITS = {
  utilisation: { degraded: 0.8, invalid: 0.95 },
  cpuWait: { degraded: 0.1, invalid: 0.25 },
  startedShare: 0.99,
  latenessMs: 2,
  latenessShareOfMedian: 0.05,
} as const;

/** The verdict with its reasons, worst first. */
export function assessHealth(input: HealthInput): {
  readonly verdict: HealthVerdict;
  readonly reasons: readonly string[];
} {
  const findings = [
    ...faultFindings(input),
    ...[...input.sources].flatMap(([source, health]) => sourceFindings(source, health, input.loadModel)),
    ...latenessFindings(input),
  ];
  findings.push(...shortfallFindings(input, findings.length > 0));
  const invalid = findings.filter(({ verdict }) => verdict === 'invalid');
  const degraded = findings.filter(({ verdict }) => verdict === 'degraded');
  const verdict = invalid.length > 0 ? 'invalid' : degraded.length > 0 ? 'degraded' : 'ok';
  return { verdict, reasons: [...invalid, ...degraded].map(({ reason }) => reason) };
}

interface Finding {
  readonly verdict: 'degraded' | 'invalid';
  readonly reason: string;
}

function faultFindings({ faults }: HealthInput): Finding[] {
  return Object.entries(faults)
    .filter(([, count]) => count > 0)
    .map(([cause, count]) => ({
      verdict: 'invalid',
      reason: `The generator could not open ${count} connection${count === 1 ? '' : 's'} (${cause}): ${FAULT_ADVICE[cause] ?? 'give this machine more of that resource'}.`,
    }));
}

const FAULT_ADVICE: Readonly<Record<string, string>> = {
  EMFILE: 'raise the limit on open files (ulimit -n) above the number of VUs',
  ENFILE: "raise the system's limit on open files (fs.file-max)",
  EADDRNOTAVAIL:
    'local ports ran out; send more messages per session or use fewer new connections per second',
  ENOBUFS: 'the kernel had no buffers left; use fewer sessions or give this machine more memory',
};

function sourceFindings(source: string, health: SourceHealth, loadModel: 'open' | 'closed'): Finding[] {
  const isSink = source === 'sink';
  const who = isSink ? 'The embedded sink' : `Generator ${source}`;
  const findings: Finding[] = [];
  const { utilisation, cpuWait } = health;
  if (utilisation.p95 > LIMITS.utilisation.degraded) {
    const isInvalid = loadModel === 'open' && utilisation.p95 > LIMITS.utilisation.invalid;
    findings.push({
      verdict: isInvalid ? 'invalid' : 'degraded',
      reason: `${who} was ${percent(utilisation.p95)} busy (p95 of 1 s windows)${busyAdvice(isSink, loadModel)}`,
    });
  }
  if (cpuWait.p95 > LIMITS.cpuWait.degraded) {
    const isInvalid = loadModel === 'open' && cpuWait.p95 > LIMITS.cpuWait.invalid;
    findings.push({
      verdict: isInvalid ? 'invalid' : 'degraded',
      reason: `${who} waited ${percent(cpuWait.p95)} of the time for a CPU (p95 of 1 s windows): stop what else runs on this machine, or give it more cores.`,
    });
  }
  return findings;
}

function busyAdvice(isSink: boolean, loadModel: 'open' | 'closed'): string {
  if (isSink)
    return ': what was measured is the sink, not the generator; lower the rate or test a real server.';
  if (loadModel === 'closed') {
    return ': generator-limited, the throughput is the ceiling of the generator and not of the server; use more --workers on a machine with more cores, or fewer VUs.';
  }
  return ': lower the rate, use more --workers, or a machine with more cores.';
}

function latenessFindings({ latenessMs, medianMessageMs }: HealthInput): Finding[] {
  const limit = Math.max(LIMITS.latenessMs, LIMITS.latenessShareOfMedian * (medianMessageMs ?? 0));
  if (latenessMs === null || latenessMs.p99 <= limit) return [];
  return [
    {
      verdict: 'degraded',
      reason: `Messages were begun late: p99 ${latenessMs.p99.toFixed(1)} ms after they were due (limit ${limit.toFixed(1)} ms); the generator's own delay is part of the response times. Lower the rate or free this machine.`,
    },
  ];
}

function shortfallFindings(
  { loadModel, scheduled, started, dropped }: HealthInput,
  isLimited: boolean,
): Finding[] {
  if (loadModel === 'closed' || scheduled === 0 || started >= LIMITS.startedShare * scheduled) return [];
  const figures = `Only ${percent(started / scheduled)} of what was due was begun (${dropped} dropped)`;
  if (isLimited) {
    return [
      {
        verdict: 'invalid',
        reason: `${figures}, and the generator was at its limit: the rate was not offered, so there is no verdict on the server.`,
      },
    ];
  }
  return [
    {
      verdict: 'degraded',
      reason: `${figures}, although the generator had room: no VU was free. Raise maxVUs, or the server is full at this rate.`,
    },
  ];
}

function percent(share: number): string {
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
}

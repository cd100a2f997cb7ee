/**
 * Health verdict: whether the generator was fit to judge the server. One function, pure.
 *
 * `degraded` warns, `invalid` refuses the verdict on the server (exit 120). Utilisation is the event loop's active time
 * less the pacer's polling, because polling fills the loop; CPU wait is time the thread could have run and did not,
 * because utilisation is blind to a CPU taken away. Every reason says what to do.
 */
import type { Shares, SourceHealth } from './health-windows.js';

export interface HealthInput {
  /** By source: `shard-0`, …; `sink` is the embedded target. */
  readonly sources: ReadonlyMap<string, SourceHealth>;
  /** Open when any executor is (arrival rates); else all are closed. */
  readonly loadModel: 'open' | 'closed';
  /** Of open executors only: what closed ones do beside them must not hide what was dropped. */
  readonly arrivals: { readonly started: number; readonly dropped: number };
  /** Of arrivals; null when there were none. */
  readonly latenessMs: { readonly p50: number; readonly p99: number; readonly max: number } | null;
  /** Median response time; null when no message ended. */
  readonly medianMessageMs: number | null;
  readonly faults: Readonly<Record<string, number>>;
}

export type HealthVerdict = 'ok' | 'degraded' | 'invalid';

const SINK_SOURCE = 'sink';

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
  const bySource = [...input.sources].flatMap(([source, health]) =>
    sourceFindings(source, health, input.loadModel),
  );
  const findings = [
    ...faultFindings(input),
    ...bySource,
    ...latenessFindings(input),
    ...shortfallFindings(input, bySource[0]?.who ?? null),
  ];
  const invalid = findings.filter(({ verdict }) => verdict === 'invalid');
  const degraded = findings.filter(({ verdict }) => verdict === 'degraded');
  const verdict = invalid.length > 0 ? 'invalid' : degraded.length > 0 ? 'degraded' : 'ok';
  return { verdict, reasons: [...invalid, ...degraded].map(({ reason }) => reason) };
}

interface Finding {
  readonly verdict: 'degraded' | 'invalid';
  readonly reason: string;
}

/** `who` was over a limit. */
interface SourceFinding extends Finding {
  readonly who: string;
}

function faultFindings({ faults }: HealthInput): Finding[] {
  return Object.entries(faults)
    .filter(([, count]) => count > 0)
    .map(([cause, count]) => ({
      verdict: 'invalid',
      reason: `The generator could not open ${count} connection${count === 1 ? '' : 's'} (${cause}): ${FAULT_ADVICE[cause] ?? 'give this machine more of that resource'}.`,
    }));
}

const NO_PORT =
  'local ports ran out; send more messages per session, use more client.sourceAddresses or fewer new connections per second';

const FAULT_ADVICE: Readonly<Record<string, string>> = {
  EMFILE: 'raise the limit on open files (ulimit -n) above the number of VUs and idle sessions',
  ENFILE: "raise the system's limit on open files (fs.file-max)",
  EADDRNOTAVAIL: `an address in sourceAddresses is not one of this host's, or ${NO_PORT}`,
  EADDRINUSE: NO_PORT,
  ENOBUFS: 'the kernel had no buffers left; use fewer sessions or give this machine more memory',
};

function sourceFindings(
  source: string,
  { utilisation, cpuWait }: SourceHealth,
  loadModel: 'open' | 'closed',
): SourceFinding[] {
  const isSink = source === SINK_SOURCE;
  const who = isSink ? 'The embedded sink' : `Generator ${source}`;
  const findings: SourceFinding[] = [];
  if (utilisation.p95 > LIMITS.utilisation.degraded) {
    findings.push({
      who,
      verdict: verdictOn(utilisation, LIMITS.utilisation, loadModel),
      reason: `${who} was ${percent(utilisation.p95)} busy (p95 of 1 s windows)${busyAdvice(isSink, loadModel)}`,
    });
  }
  if (cpuWait.p95 > LIMITS.cpuWait.degraded) {
    findings.push({
      who,
      verdict: verdictOn(cpuWait, LIMITS.cpuWait, loadModel),
      reason: `${who} waited ${percent(cpuWait.p95)} of the time for a CPU (p95 of 1 s windows): stop what else runs on this machine, or give it more cores.`,
    });
  }
  return findings;
}

/** A closed executor waits for the server, so what it measured holds even when it could not go faster. */
function verdictOn(
  { p95 }: Shares,
  limit: { readonly invalid: number },
  loadModel: 'open' | 'closed',
): 'degraded' | 'invalid' {
  return loadModel === 'open' && p95 > limit.invalid ? 'invalid' : 'degraded';
}

function busyAdvice(isSink: boolean, loadModel: 'open' | 'closed'): string {
  if (isSink) {
    return ': what was measured is the sink, not the generator; lower the rate or test a real server.';
  }
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

/** `limited`: who was over a limit, null when nobody was. Only open executors have arrivals to miss. */
function shortfallFindings({ arrivals }: HealthInput, limited: string | null): Finding[] {
  const { started, dropped } = arrivals;
  const scheduled = started + dropped;
  if (started >= LIMITS.startedShare * scheduled) return [];
  const figures = `Only ${shortOf(started / scheduled)} of what was due was begun (${dropped} dropped)`;
  if (limited !== null) {
    return [
      {
        verdict: 'invalid',
        reason: `${figures}, and ${lowerFirst(limited)} was over its limit: the rate was not offered, so there is no verdict on the server. Lower the rate, or do first what is said of that limit.`,
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

/** Rounded down, because 98.96 % where 99 % was wanted must not read 99.0 %. */
function shortOf(share: number): string {
  return `${(Math.floor(share * 1000) / 10).toFixed(1)} %`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/**
 * A server whose capacity is known in real time: 40 VUs before a sink that takes 250 ms for each message are a loss system (M/G/40/40). The
 * share of arrivals that find no VU free is Erlang's B of the offered load, whatever the distribution of the times; at 1 % the search must end.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Capacity } from '#src/result/capacity.js';

const VUS = 40;
const LOST = 0.01;

export const LOSS_SYSTEM = {
  'capacity.yaml': `name: loss-system
scenarios: { a: { executor: constant-arrival-rate, rate: 70, duration: 1s, preAllocatedVUs: ${VUS}, maxVUs: ${VUS} } }
delivery: { expect: sink, sink: { behaviours: slow.yaml } }
thresholds: { smtp_message_duration: ["p(95)<1000"] }
`,
  'slow.yaml': 'behaviours: [{ name: slow, when: { verb: CONTENT }, delay: 250ms }]\n',
};

/** Writes its files; returns the scenario. */
export function writeLossSystem(folder: string): string {
  for (const [name, text] of Object.entries(LOSS_SYSTEM)) writeFileSync(join(folder, name), text);
  return join(folder, 'capacity.yaml');
}

/** The rate at which 1 % is lost, from how long a message really took. */
export function trueCapacity({ trials }: Capacity): number {
  const times = trials.flatMap(({ verdict, medianMs }) =>
    verdict !== 'void' && medianMs !== null ? [medianMs] : [],
  );
  const meanMs = times.reduce((sum, time) => sum + time, 0) / times.length;
  return offeredAt(LOST) / (meanMs / 1000);
}

/** Erlangs at which so many of the arrivals are lost, by bisection. */
function offeredAt(lost: number): number {
  let [low, high] = [0, 2 * VUS];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (erlangB(middle) < lost) low = middle;
    else high = middle;
  }
  return low;
}

function erlangB(offered: number): number {
  let blocking = 1;
  for (let servers = 1; servers <= VUS; servers++)
    blocking = (offered * blocking) / (servers + offered * blocking);
  return blocking;
}

/** Over IPv6 loopback: the address in the URL is the one connected to, and our end is named by its address literal. */
import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { test } from 'node:test';
import { startMailServer } from '../shard/mail-server.js';
import { runScenario } from './scenario-run.js';

const LOAD = { vus: 3, iterations: 12 };
const hasIpv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === '::1'),
);

test('a target on ::1 takes every message, from [IPv6:::1]', { skip: !hasIpv6 }, async (t) => {
  const greetedBy: string[] = [];
  const server = await startMailServer(
    t,
    (step, argument) => {
      if (step === 'EHLO') greetedBy.push(argument);
      return null;
    },
    { host: '::1' },
  );
  const run = await runScenario({ target: { url: `smtp://[::1]:${server.port}` } }, LOAD);
  assert.equal(run.counts.accepted, LOAD.iterations, JSON.stringify(run.outcomes));
  assert.equal(server.taken.length, LOAD.iterations);
  // The argument is what follows the first colon of the line.
  assert.deepEqual(greetedBy, Array(LOAD.vus).fill('::1]'));
  assert.equal(run.counter('smtp_connections', { address: '__1', port: `${server.port}` }), LOAD.vus);
});

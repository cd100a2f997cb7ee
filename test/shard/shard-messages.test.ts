/** What shards send does not depend on how many there are, nor on the server. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ExecutorSpec } from '#src/scenario/executor-spec.js';
import type { Scenario } from '#src/scenario/scenario.js';
import {
  constantArrivalRate,
  perVuIterations,
  rampingArrivalRate,
  sharedIterations,
} from '#test/load/rig.js';
import { assertIdentities, assertServerAgrees } from './identities.js';
import { startMailServer } from './mail-server.js';
import { countsOf, runShards, scenarioOf } from './shard-rig.js';

const OPEN = { rate: 400, durationMs: 200, preAllocatedVUs: 4, maxVUs: 12 } as const;

describe('what is sent', () => {
  const FIXED: Readonly<Record<string, ExecutorSpec>> = {
    shared: sharedIterations({ vus: 7, iterations: 60 }),
    perVu: perVuIterations({ vus: 4, iterations: 9 }),
    lone: sharedIterations({ vus: 1, iterations: 10 }),
    sessions: perVuIterations({ vus: 3, iterations: 4, iteration: 'session' }),
  };

  async function sentBy(
    scenario: (port: number) => Scenario,
    count: number,
    t: { after(f: () => void): void },
  ) {
    const server = await startMailServer(t);
    const { snapshots } = await runShards(scenario(server.port), count);
    assertIdentities(snapshots);
    assertServerAgrees(server, snapshots);
    const sent = server.taken.map(({ number, recipients, sizeBytes }) => ({ number, recipients, sizeBytes }));
    return { sent: sent.sort((a, b) => a.number - b.number), counts: countsOf(snapshots), snapshots };
  }

  test('is the same from 1 shard and from 3: numbers, recipients and sizes', async (t) => {
    const scenario = (port: number) => scenarioOf(FIXED, { port, seed: 77 });
    const one = await sentBy(scenario, 1, t);
    const three = await sentBy(scenario, 3, t);
    assert.deepEqual(three.sent, one.sent);
    assert.ok(new Set(one.sent.map(({ sizeBytes }) => sizeBytes)).size === 2);
    assert.ok(new Set(one.sent.map(({ recipients }) => recipients.length)).size === 2);
  });

  test('is the same from 1, 2 and 4 shards with scenarios that begin one after the other, each of which adds up', async (t) => {
    // As many VUs as arrivals: however busy the machine is, none is dropped.
    const vus = { preAllocatedVUs: 60, maxVUs: 60 };
    const specs: Readonly<Record<string, ExecutorSpec>> = {
      burst: constantArrivalRate({ rate: 300, durationMs: 100, arrival: 'poisson', ...vus }),
      ramp: rampingArrivalRate({
        stages: [{ durationMs: 100, target: 400 }],
        arrival: 'poisson',
        startTimeMs: 30,
        ...vus,
      }),
      replay: rampingArrivalRate({
        ...{ arrival: 'trace', stages: [], traceUs: [0, 0, 40_000, 80_000], durationMs: 81 },
        ...{ startTimeMs: 60, ...vus },
      }),
      batch: sharedIterations({ vus: 3, iterations: 25, startTimeMs: 90 }),
      sessions: perVuIterations({ vus: 4, iterations: 3, startTimeMs: 10, iteration: 'session' }),
    };
    const scenario = (port: number) => scenarioOf(specs, { port, seed: 77 });
    const one = await sentBy(scenario, 1, t);
    assert.equal(one.counts.dropped, 0);
    // The numbers of a message tell its scenario.
    const perScenario = [0, 1, 2, 3, 4].map(
      (index) => one.sent.filter(({ number }) => number % 5 === index).length,
    );
    assert.deepEqual([perScenario[2], perScenario[3]], [4, 25]);
    assert.ok(
      perScenario.every((sent) => sent > 3),
      `${perScenario}`,
    );
    for (const shards of [2, 4]) {
      const several = await sentBy(scenario, shards, t);
      assert.deepEqual(several.sent, one.sent);
      assert.deepEqual(several.counts, one.counts);
    }
  });

  test('differs with the seed', async (t) => {
    const one = await sentBy((port) => scenarioOf(FIXED, { port, seed: 1 }), 1, t);
    const other = await sentBy((port) => scenarioOf(FIXED, { port, seed: 2 }), 1, t);
    assert.notDeepEqual(other.sent, one.sent);
  });

  for (const arrival of ['uniform', 'poisson'] as const) {
    test(`falls due alike on 1 shard and on 3 with ${arrival} arrivals`, async (t) => {
      const spec = constantArrivalRate({ ...OPEN, arrival, maxVUs: 60, preAllocatedVUs: 30 });
      const one = await sentBy((port) => scenarioOf({ a: spec }, { port }), 1, t);
      const three = await sentBy((port) => scenarioOf({ a: spec }, { port }), 3, t);
      assert.equal(three.counts.scheduled, one.counts.scheduled);
      const byNumber = new Map(one.sent.map((message) => [message.number, message]));
      const both = three.sent.filter(({ number }) => byNumber.has(number));
      assert.ok(both.length > 0);
      for (const message of both) assert.deepEqual(message, byNumber.get(message.number));
    });
  }

  test('is told in few ranges, however many scenarios interleave', async (t) => {
    const scenario = (port: number) => scenarioOf({ a: FIXED.shared!, b: FIXED.shared! }, { port });
    const { snapshots } = await sentBy(scenario, 1, t);
    assert.ok(snapshots.flatMap(({ accepted }) => accepted).length <= 4);
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type MakeTrial,
  type SearchOptions,
  searchCapacity,
  type TrialOutcome,
  type TrialRequest,
} from '#src/capacity/search.js';

const OPTIONS: SearchOptions = { startPerSec: 100, precision: 0.05, maxSeconds: null, trialSeconds: 15 };

function outcome(verdict: TrialOutcome['verdict'], seconds: number): TrialOutcome {
  return {
    verdict,
    reasons: verdict === 'pass' ? [] : [{ rule: 'limit', text: 'it did not hold' }],
    tookSeconds: seconds,
  };
}

async function search(
  judge: (request: TrialRequest, made: number) => TrialOutcome['verdict'] | null,
  options: Partial<SearchOptions> = {},
) {
  const asked: TrialRequest[] = [];
  const trial: MakeTrial = async (request) => {
    asked.push(request);
    const verdict = judge(request, asked.length);
    return verdict === null ? null : outcome(verdict, request.seconds);
  };
  return { ...(await searchCapacity({ ...OPTIONS, ...options }, trial)), asked };
}

/** A server that takes so many and no more. */
const upTo =
  (capacity: number) =>
  ({ ratePerSec }: TrialRequest): 'pass' | 'fail' =>
    ratePerSec <= capacity ? 'pass' : 'fail';

describe('a search', () => {
  test('finds a limit from below and from above, within its precision', async () => {
    for (const capacity of [1, 7, 99, 100, 101, 480, 12_345]) {
      for (const precision of [0.02, 0.05, 0.2]) {
        const found = await search(upTo(capacity), { precision });
        const label = `${capacity} ${precision}: ${found.sustainedPerSec}`;
        assert.ok(found.sustainedPerSec! <= capacity, label);
        assert.ok(found.sustainedPerSec! >= capacity / (1 + precision), label);
        assert.equal(found.endedBy, 'precision');
        assert.equal(found.bindingRule, 'limit');
        assert.ok(!found.notMonotonic && !found.didNotRecover && !found.generatorLimited);
      }
    }
  });

  test('brackets by half, confirms by long trials, and shows a profile', async () => {
    const { asked, sustainedPerSec } = await search(upTo(250));
    const rates = asked.filter(({ purpose }) => purpose === 'bracket').map(({ ratePerSec }) => ratePerSec);
    assert.deepEqual(rates, [100, 150, 225, 337.5]);
    const lengths = Object.fromEntries(asked.map(({ purpose, seconds }) => [purpose, seconds]));
    assert.deepEqual(lengths, { bracket: 10, narrow: 15, confirm: 60, probe: 5, profile: 60 });
    const profile = asked.filter(({ purpose }) => purpose === 'profile').map(({ ratePerSec }) => ratePerSec);
    assert.deepEqual(
      profile,
      [0.8, 1, 1.2].map((share) => Number((sustainedPerSec! * share).toPrecision(4))),
    );
  });

  test('confirms each end by a lead, not by one trial', async () => {
    const { asked, sustainedPerSec, bracketPerSec } = await search(upTo(250));
    const at = (rate: number | null) =>
      asked.filter(
        ({ purpose, ratePerSec }) => purpose === 'confirm' && ratePerSec <= rate! && ratePerSec >= rate!,
      ).length;
    assert.ok(at(bracketPerSec[1]) >= 1);
    const passed = asked.filter(
      (one) => one.purpose === 'confirm' && one.ratePerSec >= sustainedPerSec! && one.ratePerSec <= 250,
    );
    assert.ok(passed.length >= 3);
  });

  test('lowers a bound that long trials refute, and raises one', async () => {
    // Short trials are too kind, then too strict.
    const kind = await search((request) =>
      upTo(request.purpose === 'confirm' || request.purpose === 'profile' ? 200 : 400)(request),
    );
    assert.ok(kind.sustainedPerSec! <= 200 && kind.sustainedPerSec! > 190, `${kind.sustainedPerSec}`);
    const strict = await search((request) => upTo(request.purpose === 'confirm' ? 400 : 200)(request));
    assert.ok(strict.sustainedPerSec! <= 400 && strict.sustainedPerSec! > 380, `${strict.sustainedPerSec}`);
  });

  test('is not fooled by a trial in ten that goes wrong', async () => {
    const found = await search((request, made) => (made % 10 === 0 ? 'fail' : upTo(250)(request)));
    assert.ok(found.sustainedPerSec! <= 250 && found.sustainedPerSec! > 225, `${found.sustainedPerSec}`);
  });

  test('looks after each fail whether the server has recovered', async () => {
    const { asked } = await search(upTo(250));
    for (const [at, { purpose, ratePerSec }] of asked.entries()) {
      if (purpose === 'probe' || purpose === 'profile' || ratePerSec <= 250) continue;
      assert.equal(asked[at + 1]?.purpose, 'probe');
      assert.ok(asked[at + 1]!.ratePerSec <= ratePerSec / 2);
    }
  });

  test('ends where it has not, and says so', async () => {
    let isBroken = false;
    const found = await search((request) => {
      if (request.ratePerSec > 250) isBroken = true;
      return isBroken ? 'fail' : 'pass';
    });
    assert.equal(found.endedBy, 'not-recovered');
    assert.equal(found.didNotRecover, true);
    assert.equal(found.sustainedPerSec, null);
    assert.equal(found.asked.filter(({ purpose }) => purpose === 'probe').length, 3);
    assert.equal(found.asked.filter(({ purpose }) => purpose === 'profile').length, 0);
  });

  test('never counts a sick generator against the server: once more, then at least that', async () => {
    const once = await search((request, made) => (made === 2 ? 'void' : upTo(250)(request)));
    assert.ok(once.sustainedPerSec! > 235);
    assert.equal(once.generatorLimited, false);
    const limited = await search(({ ratePerSec }) => (ratePerSec > 300 ? 'void' : 'pass'));
    assert.equal(limited.generatorLimited, true);
    assert.equal(limited.endedBy, 'generator');
    assert.equal(limited.sustainedPerSec, 225);
    assert.deepEqual(limited.bracketPerSec, [225, null]);
    assert.equal(limited.bindingRule, null);
  });

  test('knows a generator that can send nothing', async () => {
    const { sustainedPerSec, endedBy, bracketPerSec } = await search(() => 'void');
    assert.deepEqual([sustainedPerSec, endedBy, bracketPerSec], [null, 'generator', [null, null]]);
  });

  test('ends when its time is over, with what it knows', async () => {
    const found = await search(upTo(250), { maxSeconds: 100 });
    assert.equal(found.endedBy, 'time');
    assert.equal(found.sustainedPerSec, null);
    assert.deepEqual(
      found.bracketPerSec.map((one) => one !== null),
      [true, true],
    );
    const spent = found.asked.reduce((sum, { seconds }) => sum + seconds, 0);
    assert.ok(spent <= 105, `${spent}`);
  });

  test('gives up on a server that takes nothing', async () => {
    const { sustainedPerSec, endedBy, bracketPerSec } = await search(() => 'fail');
    assert.deepEqual([sustainedPerSec, endedBy, bracketPerSec[0]], [null, 'nothing-sustained', null]);
  });

  test('says where a higher rate passed than one that failed: the profile looks above', async () => {
    const limit = upTo(250);
    const holed = await search((request) =>
      request.ratePerSec > 140 && request.ratePerSec < 160 ? 'fail' : limit(request),
    );
    assert.ok(holed.sustainedPerSec! < 140);
    assert.equal(holed.notMonotonic, true);
    assert.equal((await search(limit)).notMonotonic, false);
  });

  test('goes on where it was ended: the same outcomes, the same trials', async () => {
    const whole = await search(upTo(250));
    const outcomes = whole.asked.map(upTo(250));
    for (const cut of [0, 1, 5, outcomes.length - 1]) {
      const stopped = await search((_, made) => (made > cut ? null : outcomes[made - 1]!));
      assert.equal(stopped.endedBy === 'stopped' || cut === outcomes.length - 1, true);
      assert.deepEqual(stopped.asked.slice(0, cut), whole.asked.slice(0, cut));
    }
    const again = await search((_, made) => outcomes[made - 1]!);
    assert.deepEqual(again, whole);
  });
});

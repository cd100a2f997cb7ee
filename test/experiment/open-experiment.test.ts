import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { experimentOf, mistakesOf } from './experiment-file.js';

const SCENARIO = 'scenario: { scenarios: { a: { executor: constant-vus, duration: 1s } } }';
const TWO = `${SCENARIO}\nvariants: { old: {}, new: { client: { pipelining: off } } }`;

describe('an experiment file', () => {
  test('has its defaults: ten rounds, four primaries, the first variant as the baseline', async (t) => {
    const { name, rounds, seed, primaries, variants, drained, warnings } = await experimentOf(t, TWO);
    assert.deepEqual([name, rounds, seed, drained], ['e', 10, 99, null]);
    assert.deepEqual(
      primaries.map(({ name: measure }) => measure),
      [
        'smtp_message_duration med',
        'smtp_message_duration p(99)',
        'smtp_messages{outcome:accepted} rate',
        'smtp_message_failed rate',
      ],
    );
    assert.deepEqual(
      variants.map((variant) => variant.name),
      ['old', 'new'],
    );
    assert.deepEqual(warnings, []);
  });

  test('puts what a variant has over the scenario, key by key, and the seed of the round', async (t) => {
    const { variants } = await experimentOf(
      t,
      `scenario: { client: { ehlo: a.example.test, messagesPerSession: 3 } }
variants:
  old: {}
  new: { client: { ehlo: b.example.test }, target: { url: "smtp://127.0.0.1:2626" }, delivery: { expect: sink, sink: { listen: "127.0.0.1:2699" } } }
drained: "true"`,
    );
    const [old, other] = await Promise.all(variants.map(({ load }) => load(7)));
    assert.equal(other?.scenario.client.ehlo, 'b.example.test');
    assert.deepEqual(other.scenario.client.messagesPerSession, old?.scenario.client.messagesPerSession);
    assert.equal(other.scenario.target.url, 'smtp://127.0.0.1:2626');
    assert.deepEqual([old?.scenario.seed, other.scenario.seed], [7, 7]);
  });

  test('may name a scenario file, which flags override too', async (t) => {
    const { variants } = await experimentOf(
      t,
      'scenario: s.yaml\nvariants: { old: {}, new: { tags: { x: "1" } } }',
      {
        files: { 's.yaml': 'name: mine\nscenarios: { a: { executor: constant-vus, vus: 3, duration: 1s } }' },
        flags: { set: ['scenarios.a.vus=5'] },
      },
    );
    const { scenario } = await variants[1]!.load(1);
    assert.equal(scenario.name, 'mine');
    assert.equal((scenario.scenarios.a as { vus: number }).vus, 5);
  });

  test('keeps commands apart from overrides, and puts the baseline first', async (t) => {
    const { variants } = await experimentOf(
      t,
      `${SCENARIO}\nbaseline: new\nvariants: { old: { prepare: ./a, ready: ./b, conclude: ./c }, new: {} }`,
    );
    assert.deepEqual(
      variants.map(({ name, prepare, ready, conclude }) => [name, prepare, ready, conclude]),
      [
        ['new', null, null, null],
        ['old', './a', './b', './c'],
      ],
    );
  });

  test('takes margins for all, by measure, and as a default', async (t) => {
    const margins = async (margin: string) => {
      const { primaries, marginOf } = await experimentOf(t, `${TWO}\nmargin: ${margin}`);
      return primaries.map(marginOf);
    };
    assert.deepEqual(await margins('{}'), [0.05, 0.1, 0.05, 0.001]);
    assert.deepEqual(await margins('3%'), [0.03, 0.03, 0.03, 0.001]);
    assert.deepEqual(
      await margins('{ default: 2%, "smtp_message_duration  p(99)": 20%, "smtp_message_failed rate": 1% }'),
      [0.02, 0.2, 0.02, 0.01],
    );
  });

  test('with too few rounds for its questions is warned of', async (t) => {
    const warnings = async (rounds: number) => (await experimentOf(t, TWO, { flags: { rounds } })).warnings;
    assert.deepEqual(await warnings(8), []);
    assert.match((await warnings(7)).join(), /With 4 questions .* fewer than 8 rounds/);
  });

  test('goes on only as the same: words, --set and --aa are in its digest', async (t) => {
    const digest = async (text: string, around = {}) => (await experimentOf(t, text, around)).digest;
    const one = await digest(TWO);
    assert.equal(await digest(TWO, { flags: { rounds: 3, seed: 5 } }), one);
    assert.notEqual(await digest(`${TWO}\nname: x`), one);
    assert.notEqual(await digest(TWO, { flags: { set: ['seed=3'] } }), one);
    assert.notEqual(await digest(TWO, { isAgainstItself: true }), one);
  });

  test('against itself is its baseline twice; a scenario will do', async (t) => {
    const own = await experimentOf(t, TWO, { isAgainstItself: true });
    assert.deepEqual(
      own.variants.map(({ name }) => name),
      ['old', 'old-again'],
    );
    const scenario = 'scenarios: { a: { executor: constant-vus, duration: 1s } }';
    const { variants, name } = await experimentOf(t, scenario, { isAgainstItself: true });
    assert.deepEqual(
      variants.map((variant) => variant.name),
      ['same', 'same-again'],
    );
    assert.equal(name, 'e');
    assert.equal((await variants[0]!.load(3)).scenario.seed, 3);
  });
});

describe('its mistakes', () => {
  for (const [text, wanted] of [
    ['variants: { a: {}, b: {} }', /^e\.yaml:1:1 scenario: is missing/],
    [SCENARIO, /^e\.yaml:1:1 variants: is missing/],
    [`${SCENARIO}\nvariants: { a: {} }`, /^e\.yaml:2:11 variants: must hold at least two variants/],
    [`${SCENARIO}\nvariants: { 1: {}, b: {} }`, /variants.*not a number/],
    [`${TWO}\nrounds: 0`, /^e\.yaml:3:9 rounds: must be at least 1/],
    [`${TWO}\nround: 3`, /^e\.yaml:3:1 round: is not a key that exists here/],
    [`${TWO}\nbaseline: none`, /^e\.yaml:3:11 baseline: names no variant/],
    [`${TWO}\nprimary: [smtp_nothing med]`, /^e\.yaml:3:11 primary\[0\]: .*smtp_nothing/],
    [
      `${TWO}\nmargin: { smtp_message_duration: 5% }`,
      /^e\.yaml:3:34 margin\.smtp_message_duration: .*no measure/,
    ],
    [
      `${SCENARIO}\nvariants: { a: {}, b: { client: { pipeline: off } } }`,
      /^e\.yaml:2:35 client\.pipeline: is not a key that exists here/,
    ],
    [
      'scenario: { scenarios: { a: { executor: constant-vus } } }\nvariants: { a: {}, b: {} }',
      /scenarios\.a\.duration: is missing/,
    ],
    ['scenario: none.yaml\nvariants: { a: {}, b: {} }', /none\.yaml/],
    ['[1, 2]', /./],
    ['', /./],
  ] as const) {
    test(`of ${JSON.stringify(text.slice(0, 90))} are told at their place`, async (t) => {
      const found = await mistakesOf(t, text);
      assert.ok(found.length >= 1);
      assert.match(found[0] ?? '', wanted);
      assert.equal(new Set(found).size, found.length, 'each once');
    });
  }

  test('of several variants are all told at once', async (t) => {
    const text = `${SCENARIO}\nvariants: { a: { client: { x: 1 } }, b: { target: { y: 2 } } }\nprimary: [z]`;
    assert.equal((await mistakesOf(t, text)).length, 3);
  });

  test('nothing that tells whether the queue is empty is one', async (t) => {
    const outside = 'scenario: { target: { url: "smtp://127.0.0.1:2525" } }\nvariants: { a: {}, b: {} }';
    assert.match(
      (await mistakesOf(t, outside))[0] ?? '',
      /how to tell that the server has delivered everything/,
    );
    assert.deepEqual(await mistakesOf(t, `${outside}\ndrained: "true"`), []);
  });
});

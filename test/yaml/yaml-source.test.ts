import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SCENARIO_YAML_CODES } from '#src/scenario/yaml-codes.js';
import { readYaml, type YamlSource } from '#src/yaml/yaml-source.js';

const env = {
  RATE: '50',
  FLAG: 'true',
  WORD: 'abc',
  TRICK: '{a: 1}',
  COMMENT: '50 # x',
  EMPTY: '',
  HEX: '0x10',
};

function read(text: string): YamlSource {
  return readYaml({
    text,
    label: 'f.yaml',
    hasPositions: true,
    sources: { env, readFile: null },
    codes: SCENARIO_YAML_CODES,
  });
}

function codes(text: string): readonly string[] {
  return read(text).problems.map(({ where, code }) => `${where} ${code}`);
}

test('every value and key knows its line and column', () => {
  const { tree } = read('a:\n  bb: 1\n  c:\n    - x\n    - {d: 5}\n');
  assert.equal(tree.whereOf(['a', 'bb']), 'f.yaml:2:7');
  assert.equal(tree.whereOf(['a', 'bb'], 'keyWhere'), 'f.yaml:2:3');
  assert.equal(tree.whereOf(['a', 'c', 1, 'd']), 'f.yaml:5:11');
});

test('what is missing is placed at the key of the map that lacks it', () => {
  const { tree } = read('a:\n  b: {c: 1}\n');
  assert.equal(tree.whereOf(['a', 'b', 'nope']), 'f.yaml:2:3');
});

test('JSON is YAML', () => {
  assert.deepEqual(read('{"a": [1, true, null, "x"]}').tree.root, { a: [1, true, null, 'x'] });
});

test('an unquoted reference is typed as YAML would, a quoted one stays text', () => {
  const { tree } = read(
    'a: ${RATE}\nb: "${RATE}"\nc: ${FLAG}\nd: ${WORD}\ne: ${NOPE:-1.5}\nf: ${EMPTY}\ng: ${HEX}\nh: x${RATE}\n',
  );
  assert.deepEqual(tree.root, { a: 50, b: '50', c: true, d: 'abc', e: 1.5, f: null, g: 16, h: 'x50' });
});

test('a value from the environment cannot change the shape of the document', () => {
  assert.deepEqual(read('a: ${TRICK}\nb: ${COMMENT}').tree.root, { a: '{a: 1}', b: '50 # x' });
});

test('an unset variable is a problem at its place, and the value is missing but not forgotten', () => {
  const { tree, problems } = read('a: 1\nb: ${NOPE}\n');
  assert.deepEqual(tree.root, { a: 1 });
  assert.deepEqual(tree.unread(), [['b']]);
  assert.equal(problems[0]?.where, 'f.yaml:2:4');
  assert.match(problems[0]?.message ?? '', /NOPE/);
});

test('broken YAML is placed, and leaves no tree', () => {
  assert.deepEqual(codes('a: [1\nb: 2'), ['f.yaml:2:1 SCENARIO_YAML']);
  assert.equal(read('a: "x').tree.root, undefined);
  assert.deepEqual(codes('--- 1\n--- 2').length, 1);
});

test('broken YAML is one problem, and quotes nothing of what stands there', () => {
  const { problems } = read('a: 1\nauth: { pass: hunter22{hunter22}, x: [hunter22}\nb: 2');
  assert.equal(problems.length, 1);
  assert.equal(problems[0]?.where.startsWith('f.yaml:2:'), true);
  assert.doesNotMatch(JSON.stringify(problems), /hunter22/);
});

test('an unquoted reference inside braces is told to be quoted', () => {
  assert.match(read('a: { b: ${RATE} }').problems[0]?.hint ?? '', /quotes around it: "\$\{NAME\}"/);
});

test('a doubled key is a problem, the first value stays and the rest is read', () => {
  const { tree } = read('a: 1\na: 2\nb: 3');
  assert.deepEqual(tree.root, { a: 1, b: 3 });
  assert.deepEqual(codes('a: 1\na: 2\nb: 3'), ['f.yaml:2:1 SCENARIO_YAML_DUPLICATE_KEY']);
  // Told once, however often its map is unfolded; also where the first one has no value.
  assert.deepEqual(codes('a: &m {x: "${UNSET:-}", x: 2}\nb: [*m, *m]'), [
    'f.yaml:1:25 SCENARIO_YAML_DUPLICATE_KEY',
  ]);
});

test('aliases are followed, and keep the place where the value was written', () => {
  const { tree } = read('a: &x {n: 1}\nb: *x\n');
  assert.deepEqual(tree.root, { a: { n: 1 }, b: { n: 1 } });
  assert.equal(tree.whereOf(['b', 'n']), 'f.yaml:1:11');
});

test('an alias without an anchor before it is a problem', () => {
  assert.deepEqual(codes('a: *nope'), ['f.yaml:1:4 SCENARIO_YAML_ALIAS']);
  assert.deepEqual(codes('a: *later\nb: &later 1'), ['f.yaml:1:4 SCENARIO_YAML_ALIAS']);
});

test('aliases that contain themselves or unfold without end are a problem', () => {
  assert.deepEqual(codes('a: &x [*x]'), ['f.yaml SCENARIO_YAML_TOO_BIG']);
  const bomb = Array.from({ length: 12 }, (_, level) =>
    level === 0
      ? 'l0: &l0 x'
      : `l${level}: &l${level} [${Array(9)
          .fill(`*l${level - 1}`)
          .join(', ')}]`,
  );
  assert.deepEqual(codes(bomb.join('\n')), ['f.yaml SCENARIO_YAML_TOO_BIG']);
});

test('a document nested too deeply is a problem, however deep', () => {
  assert.deepEqual(codes(`${'['.repeat(40)}${']'.repeat(40)}`), ['f.yaml SCENARIO_YAML_TOO_BIG']);
  assert.deepEqual(codes(`a: ${'['.repeat(20_000)}${']'.repeat(20_000)}`), ['f.yaml SCENARIO_YAML_TOO_BIG']);
  assert.ok(codes('['.repeat(50_000)).length > 0);
  assert.ok(codes('{a: '.repeat(20_000)).length > 0);
});

test('tags and keys that are not plain text are problems', () => {
  assert.deepEqual(codes('a: !foo x'), ['f.yaml:1:4 SCENARIO_YAML_TAG']);
  assert.deepEqual(codes('? {a: 1}\n: 2'), ['f.yaml:1:3 SCENARIO_YAML_KEY']);
  assert.deepEqual(codes('~: 2'), ['f.yaml:1:1 SCENARIO_YAML_KEY']);
});

test('a key __proto__ is refused and changes nothing', () => {
  const { tree } = read('__proto__: {polluted: 1}\nb: 2');
  assert.deepEqual(codes('__proto__: 1'), ['f.yaml:1:1 SCENARIO_YAML_KEY']);
  assert.equal((tree.root as Record<string, unknown>).polluted, undefined);
});

test('keys are what was written', () => {
  assert.deepEqual(read('01: a\n1: b\nno: c\ntrue: d').tree.root, {
    '01': 'a',
    '1': 'b',
    no: 'c',
    true: 'd',
  });
});

test('without positions the label alone is the place', () => {
  const { problems } = readYaml({
    text: '[1',
    label: '--set a',
    hasPositions: false,
    sources: { env: {}, readFile: null },
    codes: SCENARIO_YAML_CODES,
  });
  assert.equal(problems[0]?.where, '--set a');
});

test('without an environment a reference is text like any other', () => {
  const codes = SCENARIO_YAML_CODES;
  const { tree, problems } = readYaml({
    text: 'a: ${X}',
    label: '',
    hasPositions: false,
    sources: null,
    codes,
  });
  assert.deepEqual([tree.root, problems], [{ a: '${X}' }, []]);
});

test('a document whose nesting would overflow the parser is a problem, and does not end the process', () => {
  // The first is not even well-formed: it must not come as far as the parser.
  for (const text of [
    `a: ${'['.repeat(100)}`,
    `a: ${'['.repeat(60_000)}`,
    '- '.repeat(60_000),
    `a: ${'{a: '.repeat(200_000)}`,
  ]) {
    assert.deepEqual(codes(text), ['f.yaml SCENARIO_YAML_TOO_BIG']);
  }
});
